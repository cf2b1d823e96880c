/** What a report says besides what its logs tell: the config as it may be shown, and what it was made with. */

import type { ConfigDocument } from "../protocol/config/schema.ts";
import { maskConfig } from "../runtime/secrets.ts";
import { VERSION } from "../runtime/version.ts";
import type { ReportContext } from "./report.ts";

export function contextOf(
  document: ConfigDocument,
  warnings: readonly string[],
  natsServer: string,
): ReportContext {
  return {
    shownConfig: maskConfig(document),
    warnings,
    versions: { logburst: VERSION, node: process.version, nats_server: natsServer },
  };
}
