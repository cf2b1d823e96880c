/**
 * The settings of a service while it runs: what its environment says, what is set for all services in the bucket, and what its
 * own file says, which has the last word. Each document is taken as a whole or refused as a whole, and then the old one holds.
 */

import type { Bus } from "../bus/bus.ts";
import { formatProblem } from "../protocol/config/problems.ts";
import { LogburstError, messageOf } from "../protocol/errors.ts";
import { SETTINGS_KEY, type Settings, type SettingsSource } from "../protocol/settings.ts";
import type { SettingsState } from "../protocol/verbs/settings.ts";
import type { Environment } from "../runtime/config.ts";
import { gauge } from "../runtime/metrics.ts";
import { settingsOf } from "./environment.ts";
import { changesBetween, hashOf, inForce, type Service } from "./in-force.ts";
import { NOTHING_SAID, type ReadSettings, readSettings } from "./read.ts";
import { createTrail, type Trail, type TrailParts } from "./trail.ts";
import { type FileWatch, type ReadText, readText, watchFile } from "./watch-file.ts";

export interface SettingsParts extends TrailParts {
  readonly service: Service;
  /** What it says holds where nobody says otherwise; it names the file. */
  readonly environment: Environment;
  readonly read?: ReadText;
}

export interface HotSettings {
  readonly trail: Trail;
  /** What is in force. */
  current(): Settings;
  state(): SettingsState;
  /** Calls back at once, and whenever other settings are in force. */
  apply(take: (settings: Settings) => void): void;
  /** Takes up what the bucket says, now and from now on. */
  connect(bus: Bus): Promise<void>;
  close(): void;
}

/** The bucket is looked at when it is said that its key was written, and now and then, should that have been lost. */
const LOOK_INTERVAL_MS = 10_000;
/** What is heard may not be stored yet; by then it is. */
const STORED_BY_MS = 500;

/** @throws LogburstError `bad_config` for a file that cannot be read or has problems: then there is nothing to go on with */
export async function startSettings(parts: SettingsParts): Promise<HotSettings> {
  const { service, node, clock, log, environment, read = readText } = parts;
  const { LOGBURST_SETTINGS: file } = environment;
  const trail = createTrail(parts);
  const layers: Record<SettingsSource, Settings> = {
    environment: settingsOf(environment),
    bucket: {},
    file: {},
  };
  const refused = new Map<string, SettingsState["refused"][number]>();
  const takers = [setLogLevel];
  const cancels: (() => void)[] = [];
  let version = 0;
  let sinceMs = clock.nowMs();
  let force = inForce(service, layers);
  gauge(parts.registry, "logburst_settings_version", () => version);

  function setLogLevel({ log_level: level = environment.LOG_LEVEL }: Settings): void {
    log.level = level;
  }

  /** @param where it stands @param isStart it was there before this service was @param id of the audit entry */
  function take(
    source: "file" | "bucket",
    said: ReadSettings,
    { where, isStart, id }: { where: string; isStart: boolean; id: string | undefined },
  ): void {
    const by = (said.ok && said.by) || where;
    if (!said.ok) {
      const { problems } = said;
      refused.set(source, { source: where, at_ms: clock.nowMs(), problems });
      trail.tell({ type: "settings_refused", source, where, by, problems }, id && `${id}.refused`);
      return;
    }
    refused.delete(source);
    layers[source] = said.settings;
    const before = force.settings;
    force = inForce(service, layers);
    const changes = changesBetween(before, force.settings);
    if (changes.length === 0) return;
    for (const apply of takers) apply(force.settings);
    sinceMs = clock.nowMs();
    if (isStart) return;
    version++;
    const hash = hashOf(force.settings);
    trail.tell(
      { type: "settings_applied", source, where, by, version, hash, changes },
      id && `${id}.applied`,
    );
  }

  function hearFile(path: string, known: string): FileWatch {
    const ears = {
      changed(text: string) {
        const id = `settings.${node}.${Math.round(clock.nowMs())}`;
        take("file", readSettings(text), { where: path, isStart: false, id });
      },
      gone: (why: string) =>
        log.warn({ file: path, why }, "the settings' file is gone; what it said still holds"),
    };
    return watchFile(path, known, clock, ears, read);
  }

  if (file !== undefined) {
    const text = await firstText(file, read);
    take("file", requireGood(file, readSettings(text)), { where: file, isStart: true, id: undefined });
    cancels.push(hearFile(file, text).close);
  }
  for (const apply of takers) apply(force.settings);

  /** Looks at the bucket, one look after the other. */
  function bucketOf(bus: Bus): (isStart: boolean) => Promise<void> {
    let seen = 0;
    let looking: Promise<void> = Promise.resolve();
    const { settings: bucket } = bus.names.buckets;
    async function look(isStart: boolean): Promise<void> {
      const entry = await (await bus.settingsBucket()).text(SETTINGS_KEY);
      const revision = entry?.revision ?? 0;
      if (revision === seen) return;
      seen = revision;
      const where = `${bucket} ${SETTINGS_KEY} ${revision}`;
      // All of them see the same: the coordinators keep it, and once.
      const id = service === "coordinator" ? `settings.bucket.${revision}` : undefined;
      take("bucket", entry ? readSettings(entry.text) : NOTHING_SAID, { where, isStart, id });
    }
    return (isStart) => {
      looking = looking
        .then(() => look(isStart))
        .catch((error: unknown) => {
          log.warn({ err: messageOf(error) }, "the bucket of settings cannot be read");
        });
      return looking;
    };
  }

  async function connect(bus: Bus): Promise<void> {
    const look = bucketOf(bus);
    const { subjects, buckets } = bus.names;
    const written = bus.subscribe(subjects.keyWritten(buckets.settings, SETTINGS_KEY), () => {
      void look(false);
      clock.after(STORED_BY_MS, () => void look(false));
    });
    cancels.push(
      written.close,
      clock.every(LOOK_INTERVAL_MS, () => void look(false)),
    );
    trail.connect(bus);
    await look(true);
  }

  return {
    trail,
    current: () => force.settings,
    state: () => ({
      ...{ service, node, version, since_ms: sinceMs },
      hash: hashOf(force.settings),
      settings: { ...force.settings },
      sources: { ...force.sources },
      refused: [...refused.values()],
    }),
    apply(taker) {
      takers.push(taker);
      taker(force.settings);
    },
    connect,
    close() {
      for (const cancel of cancels) cancel();
    },
  };
}

async function firstText(file: string, read: ReadText): Promise<string> {
  try {
    return await read(file);
  } catch (cause) {
    throw new LogburstError("bad_config", `the settings' file ${file} cannot be read: ${messageOf(cause)}`, {
      remedies: ["name a file of settings with --settings or LOGBURST_SETTINGS, or none"],
      cause,
    });
  }
}

function requireGood(file: string, said: ReadSettings): ReadSettings {
  if (said.ok) return said;
  throw new LogburstError("bad_config", `the settings' file ${file} has ${said.problems.length} problem(s)`, {
    remedies: said.problems.map((problem) => formatProblem(problem, file)),
  });
}
