/**
 * Keeps series going: when a run of one is over, its report is read and the next run made. What a series knows stands in its
 * record, and the next run is written there before it is made, so another leader goes on where this one was cut off.
 */

import { type Bucket, type Objects, reportName } from "../../../libs/bus/bus.ts";
import { type ReadConfig, readConfig, validateConfig } from "../../../libs/protocol/config/read.ts";
import type { BenchmarkConfig, ConfigDocument } from "../../../libs/protocol/config/schema.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import { ID_TAILS, newRunId } from "../../../libs/protocol/ids.ts";
import { Report } from "../../../libs/protocol/report.ts";
import { isFinal, RunRecord, runKey, specKey } from "../../../libs/protocol/run.ts";
import { SeriesRecord, type SeriesStep, seriesKey } from "../../../libs/protocol/series.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import { sealConfig } from "../../../libs/runtime/secrets.ts";
import { type Next, nextOf, runDocument, seriesKindOf } from "../../../libs/series/next.ts";
import type { Origin } from "../api/intake.ts";
import { stepOf } from "./step.ts";

export interface KeeperParts {
  readonly runs: Bucket;
  readonly reports: Objects;
  readonly clock: Clock;
  readonly log: Log;
  readonly sealKey: string | undefined;
  /** In [0, 1). */
  readonly random: () => number;
  readonly holds: () => boolean;
  /** Makes a run, or finds the one that was made of the same origin, and drives it. */
  readonly createRun: (text: string, origin: Origin, more: Partial<RunRecord>) => Promise<RunRecord>;
  readonly isLive: (run: string) => boolean;
}

export interface SeriesKeeper {
  /**
   * @param waits whether the request waits in the queue where it cannot be granted now; else it is refused, and nothing begins
   * @param more what else the first run's record says
   * @returns the series' first run; undefined when the config asks for a single one, or is none
   */
  accept(
    text: string,
    origin: Origin | undefined,
    waits: boolean,
    more: Partial<RunRecord>,
  ): Promise<RunRecord | undefined>;
  /** Goes on with what is due: to be called often. */
  check(): void;
}

/** A series that is under way. */
interface LiveSeries {
  record: SeriesRecord;
  revision: number;
  readonly config: BenchmarkConfig;
  readonly document: ConfigDocument;
  isBusy: boolean;
}

/** The first revision of a series' config. */
const FIRST_REVISION = 1;
/** Errors that say nothing about the run: it is made later. */
const NOT_NOW: readonly string[] = ["too_many_runs", "caps_reached", "no_leader", "bus_unavailable"];

/** Takes over the series that are under way. */
export async function createSeriesKeeper(parts: KeeperParts): Promise<SeriesKeeper> {
  const { runs, reports, clock, log, random, holds } = parts;
  const live = new Map<string, LiveSeries>();
  for (const series of await findLiveSeries(runs, log)) live.set(series.record.id, series);

  async function accept(
    text: string,
    origin: Origin | undefined,
    waits: boolean,
    more: Partial<RunRecord>,
  ): Promise<RunRecord | undefined> {
    const read = readConfig(text);
    if (!read.ok || seriesKindOf(read.config) === undefined) return undefined;
    const stored = await store(read, origin);
    const series = live.get(stored.record.id) ?? stored;
    series.isBusy = true;
    try {
      // It was refused before, and is asked for again.
      if (series.record.phase !== "running" && series.record.steps.length === 0)
        await save(series, { phase: "running" });
      if (series.record.phase === "running") live.set(series.record.id, series);
      return await makeRun(series, more);
    } catch (error) {
      if (!waits || !mayWait(error)) await giveUp(series, error);
      throw error;
    } finally {
      series.isBusy = false;
    }
  }

  async function store(read: Extract<ReadConfig, { ok: true }>, origin: Origin | undefined) {
    const { config } = read;
    const { name } = config.metadata;
    const { document } = sealConfig(read.document, parts.sealKey);
    const createdMs = origin?.storedMs ?? clock.nowMs();
    const tail = origin ? origin.seq % ID_TAILS : Math.floor(random() * ID_TAILS);
    const id = newRunId(`${name.slice(0, 24)}-series`, createdMs, tail / ID_TAILS);
    const first = nextOf(config, []) as Extract<Next, { do: "run" }>;
    const record: SeriesRecord = {
      v: 1,
      id,
      name,
      kind: seriesKindOf(config) ?? "repeat",
      phase: "running",
      created_ms: createdMs,
      seed: config.spec.seed ?? Math.floor(random() * 2 ** 32),
      current: currentOf(name, createdMs, tail, first),
      steps: [],
      result: null,
    };
    await runs.put(specKey(id, FIRST_REVISION), document);
    const revision = await runs.create(seriesKey(id), record);
    if (revision !== undefined) return { record, revision, config, document, isBusy: false };
    const before = await readSeries(runs, id);
    if (before) return before;
    throw new LogburstError("conflict", `there is a series ${id} already`, { remedies: ["ask again"] });
  }

  function makeRun(
    { record, config, document }: LiveSeries,
    more: Partial<RunRecord> = {},
  ): Promise<RunRecord> {
    const { created_ms: storedMs, tail: seq, load } = record.current;
    const text = JSON.stringify(runDocument(document, config, record, load));
    return parts.createRun(text, { storedMs, seq }, { ...more, series: record.id });
  }

  /** @throws LogburstError when another leader has written meanwhile */
  async function save(series: LiveSeries, change: Partial<SeriesRecord>): Promise<void> {
    const { failure: _before, ...kept } = series.record;
    const record = { ...kept, ...change };
    const revision = await runs.update(seriesKey(record.id), record, series.revision);
    if (revision === undefined)
      throw new LogburstError("no_leader", `another coordinator leads the series ${record.id}`);
    series.record = record;
    series.revision = revision;
    if (record.phase === "running") return;
    live.delete(record.id);
    log.info({ series: record.id, phase: record.phase, result: record.result }, "a series is over");
  }

  /** One that cannot go on is over; where all load was ended, it was stopped. */
  async function giveUp(series: LiveSeries, error: unknown): Promise<void> {
    const isKilled = error instanceof LogburstError && error.code === "killed";
    const change = { phase: isKilled ? "stopped" : "failed", failure: messageOf(error) } as const;
    await save(series, change).catch(() => undefined);
  }

  async function goOn(series: LiveSeries): Promise<void> {
    const { current, steps, name } = series.record;
    const run = parseObject(RunRecord, (await runs.get(runKey(current.run_id)))?.value);
    if (!run.ok || !isFinal(run.value.phase)) {
      await makeRun(series);
      return;
    }
    if (run.value.phase === "stopped") {
      await save(series, { phase: "stopped" });
      return;
    }
    const step = await readStep(series, run.value);
    if (step === undefined) {
      await save(series, { phase: "failed", failure: run.value.failure ?? "a run has no report" });
      return;
    }
    const known = [...steps, step];
    const next = nextOf(series.config, known);
    if (next.do === "end") await save(series, { phase: "completed", steps: known, result: next.result });
    else {
      const tail = Math.floor(random() * ID_TAILS);
      await save(series, { steps: known, current: currentOf(name, clock.nowMs(), tail, next) });
      await makeRun(series);
    }
  }

  async function readStep({ record }: LiveSeries, run: RunRecord): Promise<SeriesStep | undefined> {
    const text = await reports.get(reportName(run.id));
    const report = text === undefined ? undefined : parseObject(Report, JSON.parse(text));
    return report?.ok ? stepOf(record.current, report.value) : undefined;
  }

  async function advance(series: LiveSeries): Promise<void> {
    series.isBusy = true;
    try {
      await goOn(series);
    } catch (error) {
      log.warn({ series: series.record.id, err: messageOf(error) }, "a series cannot go on yet");
      if (!mayWait(error)) await giveUp(series, error);
    } finally {
      series.isBusy = false;
    }
  }

  return {
    accept,
    check() {
      for (const series of live.values())
        if (holds() && !series.isBusy && !parts.isLive(series.record.current.run_id)) void advance(series);
    },
  };
}

function currentOf(
  name: string,
  createdMs: number,
  tail: number,
  { stage, load }: Extract<Next, { do: "run" }>,
): SeriesRecord["current"] {
  return { run_id: newRunId(name, createdMs, tail / ID_TAILS), created_ms: createdMs, tail, stage, load };
}

/** Whatever is no error of ours, such as a bucket without an answer, is not the series' fault. */
function mayWait(error: unknown): boolean {
  return !(error instanceof LogburstError) || NOT_NOW.includes(error.code);
}

async function findLiveSeries(runs: Bucket, log: Log): Promise<LiveSeries[]> {
  const found: LiveSeries[] = [];
  for (const key of await runs.keys(seriesKey("*"))) {
    const series = await readSeries(runs, key.slice(seriesKey("").length));
    if (!series) log.error({ key }, "a series cannot be read; it is left as it is");
    else if (series.record.phase === "running") found.push(series);
  }
  return found;
}

async function readSeries(runs: Bucket, id: string): Promise<LiveSeries | undefined> {
  const entry = await runs.get(seriesKey(id));
  const record = parseObject(SeriesRecord, entry?.value);
  const spec = validateConfig((await runs.get(specKey(id, FIRST_REVISION)))?.value);
  if (!entry || !record.ok || !spec.ok) return undefined;
  const { config, document } = spec;
  return { record: record.value, revision: entry.revision, config, document, isBusy: false };
}
