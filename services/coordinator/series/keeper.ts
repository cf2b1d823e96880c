/**
 * Keeps series going: when a run of one is over, its report is read and the next run made. What a series knows stands in its
 * record, and the next run is written there before it is made.
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
import { sealConfig } from "../../../libs/runtime/secrets.ts";
import { type Next, nextOf, runDocument, seriesKindOf } from "../../../libs/series/next.ts";
import type { Origin } from "../api/intake.ts";
import { seriesNamed } from "../api/verbs/series.ts";
import type { RunDriver } from "../run/driver.ts";
import { createKeeping, type KeepingParts, type Kept } from "./keeping.ts";
import { stepOf } from "./step.ts";

export interface KeeperParts extends Pick<KeepingParts<SeriesRecord, Spec>, "runs" | "log" | "holds"> {
  readonly reports: Objects;
  readonly clock: Clock;
  readonly sealKey: string | undefined;
  /** In [0, 1). */
  readonly random: () => number;
  readonly createRun: CreateRun;
  readonly driver: (run: string) => Pick<RunDriver, "stop"> | undefined;
}

/**
 * Makes a run, or finds the one that was made of the same origin, and drives it.
 * @param earlier ids of the runs before it
 */
export type CreateRun = (
  text: string,
  origin: Origin,
  more: Partial<RunRecord>,
  earlier: readonly string[],
) => Promise<RunRecord>;

export interface SeriesKeeper {
  /**
   * @param waits whether the request waits in the queue where it cannot be granted now; else it is refused, and nothing begins
   * @param more what else its runs' records say
   * @param earlier ids of the runs before the first one
   * @returns the series' first run; undefined when the config asks for a single one, or is none
   */
  accept(
    text: string,
    origin: Origin | undefined,
    waits: boolean,
    more: Partial<RunRecord>,
    earlier?: readonly string[],
  ): Promise<RunRecord | undefined>;
  /** Ends a series that is under way. @throws LogburstError `not_found`, `conflict`, `no_leader` */
  stop(id: string, reason: string, by: string): Promise<SeriesRecord>;
  /** Goes on with what is due: to be called often. */
  check(): void;
}

interface Spec {
  readonly config: BenchmarkConfig;
  readonly document: ConfigDocument;
}

type KeptSeries = Kept<SeriesRecord, Spec>;

/** The first revision of a series' config. */
const FIRST_REVISION = 1;

/** Takes over the series that are under way. */
export async function createSeriesKeeper(parts: KeeperParts): Promise<SeriesKeeper> {
  const { runs, reports, clock, random } = parts;
  const keeping = await createKeeping<SeriesRecord, Spec>({
    ...parts,
    what: "a series",
    keyOf: seriesKey,
    schema: SeriesRecord,
    async load({ id }) {
      const spec = validateConfig((await runs.get(specKey(id, FIRST_REVISION)))?.value);
      return spec.ok ? spec : undefined;
    },
    isDue: ({ current, stop }) => stop !== undefined || !parts.driver(current.run_id),
    goOn,
  });

  async function store(
    { config, document: written }: Extract<ReadConfig, { ok: true }>,
    origin: Origin | undefined,
    { created_by: by, execution }: Partial<RunRecord>,
  ): Promise<KeptSeries> {
    const { name } = config.metadata;
    const { document } = sealConfig(written, parts.sealKey);
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
      ...(by !== undefined && { created_by: by }),
      ...(execution !== undefined && { execution }),
      seed: config.spec.seed ?? Math.floor(random() * 2 ** 32),
      current: currentOf(name, createdMs, tail, first),
      steps: [],
      result: null,
    };
    await runs.put(specKey(id, FIRST_REVISION), document);
    return keeping.add(record, { config, document });
  }

  function makeRun(
    { record, more: { config, document } }: KeptSeries,
    more: Partial<RunRecord> = {},
    earlier: readonly string[] = [],
  ): Promise<RunRecord> {
    const { id, steps, created_by: by, execution } = record;
    const { created_ms: storedMs, tail: seq, load } = record.current;
    const text = JSON.stringify(runDocument(document, config, record, load));
    const said = {
      ...(by !== undefined && { created_by: by }),
      ...(execution !== undefined && { execution }),
      ...more,
      series: id,
    };
    return parts.createRun(text, { storedMs, seq }, said, [
      ...earlier,
      ...steps.map(({ run_id: run }) => run),
    ]);
  }

  async function goOn(series: KeptSeries): Promise<void> {
    const { current, steps, name, stop } = series.record;
    if (parts.driver(current.run_id)) return stopRun(series.record);
    const run = parseObject(RunRecord, (await runs.get(runKey(current.run_id)))?.value);
    if (!run.ok && stop) {
      await keeping.save(series, { phase: "stopped" });
      return;
    }
    if (!run.ok || !isFinal(run.value.phase)) {
      await makeRun(series);
      return;
    }
    if (run.value.phase === "stopped") {
      await keeping.save(series, { phase: "stopped" });
      return;
    }
    const step = await readStep(series, run.value);
    if (step === undefined) {
      const failure = run.value.failure ?? "a run has no report";
      await keeping.save(series, { phase: "failed", failure });
      return;
    }
    const known = [...steps, step];
    const next = nextOf(series.more.config, known);
    if (next.do === "run" && series.record.stop) {
      await keeping.save(series, { phase: "stopped", steps: known });
    } else if (next.do === "end") {
      await keeping.save(series, { phase: "completed", steps: known, result: next.result });
    } else {
      const tail = Math.floor(random() * ID_TAILS);
      await keeping.save(series, { steps: known, current: currentOf(name, clock.nowMs(), tail, next) });
      await makeRun(series);
    }
  }

  async function readStep({ record }: KeptSeries, run: RunRecord): Promise<SeriesStep | undefined> {
    const text = await reports.get(reportName(run.id));
    const report = text === undefined ? undefined : parseObject(Report, JSON.parse(text));
    return report?.ok ? stepOf(record.current, report.value) : undefined;
  }

  /** Stops the run that is live in a series that is to end; until it is stored, again and again. */
  async function stopRun({ id, stop, current }: SeriesRecord): Promise<void> {
    try {
      await parts.driver(current.run_id)?.stop(`its series was stopped: ${stop?.reason}, by ${stop?.by}`);
    } catch (error) {
      parts.log.warn({ series: id, err: messageOf(error) }, "the run of a series is not stopped yet");
    }
  }

  async function stop(id: string, reason: string, by: string): Promise<SeriesRecord> {
    const series = keeping.live(id);
    if (!series) throw await notUnderWay(runs, id);
    const wish = () => keeping.save(series, { stop: { reason, by } });
    // A step of the series may be written at the same moment: it is known then, and the wish is written behind it.
    await wish().catch(async () => {
      if (!keeping.live(id)) throw await notUnderWay(runs, id);
      await wish();
    });
    await stopRun(series.record);
    return series.record;
  }

  return {
    stop,
    async accept(text, origin, waits, more, earlier) {
      const read = readConfig(text);
      if (!read.ok || seriesKindOf(read.config) === undefined) return undefined;
      const series = await store(read, origin, more);
      const begin = async () => {
        const { phase, steps } = series.record;
        // It was refused before, and is asked for again.
        if (phase !== "running" && steps.length === 0) await keeping.save(series, { phase: "running" });
        return makeRun(series, more, earlier);
      };
      return keeping.work(series, begin, waits);
    },
    check: keeping.check,
  };
}

/** Why a series cannot be stopped. */
async function notUnderWay(runs: Bucket, id: string): Promise<LogburstError> {
  const { phase } = await seriesNamed(runs, id);
  return new LogburstError("conflict", `series ${id} is not under way: it is ${phase}`, {
    remedies: ["show it for what it found"],
  });
}

function currentOf(
  name: string,
  createdMs: number,
  tail: number,
  { stage, load }: Extract<Next, { do: "run" }>,
): SeriesRecord["current"] {
  return { run_id: newRunId(name, createdMs, tail / ID_TAILS), created_ms: createdMs, tail, stage, load };
}
