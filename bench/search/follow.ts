/** A search that is asked for, and waited for until it is over. */

import type { SeriesRecord } from "../../libs/protocol/series.ts";
import type { Client } from "../../services/cli/client.ts";
import { eventually } from "../../test/support/eventually.ts";

const LONGEST_MS = 3_600_000;

export async function seriesOf(client: Client, config: object): Promise<SeriesRecord> {
  const first = await client.submit(JSON.stringify(config));
  return eventually(
    "the search to end",
    async () => {
      const known = await client.series(first.series as string);
      return known?.phase === "running" ? undefined : known;
    },
    LONGEST_MS,
  );
}
