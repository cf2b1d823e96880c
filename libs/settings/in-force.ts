/** Which settings are in force: of a key that several sources set, the nearest one's. Pure. */

import { createHash } from "node:crypto";
import type { SettingChange } from "../protocol/audit.ts";
import {
  SETTINGS_SOURCES,
  type SettingName,
  type Settings,
  type SettingsSource,
} from "../protocol/settings.ts";

export type Service = "coordinator" | "worker" | "aggregator";

/** The settings that a service has a use for. */
const SETTINGS_OF: Readonly<Record<Service, readonly SettingName[]>> = {
  coordinator: ["log_level", "targets", "caps", "target_caps", "api_rate", "trusted_proxies"],
  worker: ["log_level", "targets", "slots", "max_in_flight"],
  aggregator: ["log_level"],
};

/**
 * A worker's own rules for targets are its last defence against whoever can write to the bus, so the bus does not set them:
 * the coordinators' rules come with each run anyway.
 */
const NOT_BY_BUS: Readonly<Partial<Record<Service, readonly SettingName[]>>> = { worker: ["targets"] };

export interface InForce {
  readonly settings: Settings;
  readonly sources: Readonly<Record<string, SettingsSource>>;
}

/** The file has the last word, so that nobody on the bus can loosen what it says; then the bucket; then the environment. */
export function inForce(service: Service, layers: Readonly<Record<SettingsSource, Settings>>): InForce {
  const settings: Record<string, unknown> = {};
  const sources: Record<string, SettingsSource> = {};
  for (const name of SETTINGS_OF[service]) {
    const source = SETTINGS_SOURCES.find(
      (one) => layers[one][name] !== undefined && !(one === "bucket" && NOT_BY_BUS[service]?.includes(name)),
    );
    if (source === undefined) continue;
    settings[name] = layers[source][name];
    sources[name] = source;
  }
  return { settings: settings as Settings, sources };
}

/** The keys whose values differ. */
export function changesBetween(before: Settings, after: Settings): SettingChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<SettingName>;
  return [...names]
    .filter((name) => canonical(before[name]) !== canonical(after[name]))
    .map((name) => ({
      key: name,
      ...(before[name] !== undefined && { from: before[name] }),
      ...(after[name] !== undefined && { to: after[name] }),
    }));
}

const HASH_CHARS = 12;

/** Equal where settings are, in whatever order they were written. */
export function hashOf(settings: Settings): string {
  return createHash("sha256").update(canonical(settings)).digest("hex").slice(0, HASH_CHARS);
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part: unknown) =>
      part !== null && typeof part === "object" && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ) ?? ""
  );
}
