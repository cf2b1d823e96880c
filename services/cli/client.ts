/** The command line's side of the bus: submits, stops and follows runs, fetches reports. */

import { askLeader } from "../../libs/bus/ask.ts";
import { type Bus, type Objects, reportName, type Subscription } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { parseMessage, parseObject } from "../../libs/protocol/door.ts";
import { LogburstError } from "../../libs/protocol/errors.ts";
import { Live } from "../../libs/protocol/live.ts";
import { LogLine } from "../../libs/protocol/log-line.ts";
import type { ApiVerb } from "../../libs/protocol/names.ts";
import { Report } from "../../libs/protocol/report.ts";
import { isFinal, RunRecord, runKey } from "../../libs/protocol/run.ts";
import { SeriesRecord, seriesKey } from "../../libs/protocol/series.ts";
import type { AnswerOf, AskOf } from "../../libs/protocol/verbs/table.ts";
import { type Clock, sleep } from "../../libs/runtime/clock.ts";
import { busOptionsOf, type Environment } from "../../libs/runtime/config.ts";
import { turnKillSwitch } from "../../libs/runtime/kill-switch.ts";
import { sealedObjects, storeKeysOf } from "../../libs/runtime/sealed-objects.ts";

const REQUEST_TIMEOUT_MS = 10_000;
/** A run's record is asked for so often, besides what is pushed. */
const POLL_MS = 250;

export interface Client extends AsyncDisposable {
  /** Asks the leader for any verb of the API. */
  ask<V extends ApiVerb>(verb: V, request: AskOf<V>): Promise<AnswerOf<V>>;
  /** Hears the log lines of all services, or of one, from now on. */
  tail(node: string | undefined, hear: (line: LogLine) => void): Subscription;
  submit(text: string): Promise<RunRecord>;
  stop(run: string): Promise<void>;
  /** Sets the kill switch, or clears it. Needs no leader. */
  turnKillSwitch(set: boolean, reason: string, by: string): Promise<void>;
  /** Watches a run until it is over. */
  follow(run: string, see: { record(record: RunRecord): void; live(live: Live): void }): Promise<RunRecord>;
  report(run: string): Promise<Report | undefined>;
  series(id: string): Promise<SeriesRecord | undefined>;
  /** Waits until a series has taken note of the end of a run. @returns the series, which is over or has another run */
  afterRun(series: string, run: string): Promise<SeriesRecord>;
  close(): Promise<void>;
}

export async function connectClient(
  environment: Environment,
  natsUrl: string,
  clock: Clock,
): Promise<Client> {
  const bus = await connectBus(busOptionsOf(environment, "client", "logburst-cli", natsUrl));

  /** Opened when a report is asked for: it need not be there before. */
  const reports: Pick<Objects, "get"> = {
    get: async (name) => sealedObjects(await bus.reportObjects(), storeKeysOf(environment)).get(name),
  };
  const { LOGBURST_TOKEN: token } = environment;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ask: Client["ask"] = (verb, request) => askLeader(bus, verb, request, REQUEST_TIMEOUT_MS, headers);

  return {
    ask,
    submit: (config) => ask("run.create", { config }),
    async stop(run) {
      await ask("run.stop", { id: run });
    },
    tail(node, hear) {
      const { log, allLogs } = bus.names.subjects;
      return bus.subscribe(node === undefined ? allLogs : log(node), (data) => {
        const parsed = parseMessage(LogLine, data);
        if (parsed.ok) hear(parsed.value);
      });
    },
    turnKillSwitch: (set, reason, by) => turnKillSwitch(bus, { v: 1, set, reason, by, at_ms: clock.nowMs() }),
    follow: (run, see) => followRun(bus, clock, run, see),
    async report(run) {
      const text = await reports.get(reportName(run)).catch(async (error: unknown) => {
        if (!(error instanceof LogburstError) || error.code !== "secret_unavailable") throw error;
        // A coordinator has the keys, and knows who may read what they open.
        return (await ask("run.report", { id: run, format: "json" })).text;
      });
      if (text === undefined) return undefined;
      const parsed = parseObject(Report, JSON.parse(text));
      if (parsed.ok) return parsed.value;
      throw new LogburstError("internal", `the report of ${run} ${parsed.reason}`);
    },
    series: (id) => seriesOf(bus, id),
    async afterRun(id, run) {
      for (;;) {
        const series = await seriesOf(bus, id).catch(() => undefined);
        if (series && (series.phase !== "running" || series.current.run_id !== run)) return series;
        requireOpen(bus);
        await sleep(clock, POLL_MS);
      }
    },
    close: bus.close,
    [Symbol.asyncDispose]: bus.close,
  };
}

async function seriesOf(bus: Bus, id: string): Promise<SeriesRecord | undefined> {
  const record = parseObject(SeriesRecord, (await (await bus.runsBucket()).get(seriesKey(id)))?.value);
  return record.ok ? record.value : undefined;
}

function requireOpen(bus: Bus): void {
  if (bus.isClosed()) throw new LogburstError("bus_unavailable", "the link to NATS is closed");
}

async function followRun(
  bus: Bus,
  clock: Clock,
  run: string,
  see: { record(record: RunRecord): void; live(live: Live): void },
): Promise<RunRecord> {
  const live = bus.subscribe(bus.names.subjects.live(run), (data) => {
    const parsed = parseMessage(Live, data);
    if (parsed.ok) see.live(parsed.value);
  });
  try {
    const bucket = await bus.runsBucket();
    for (;;) {
      const entry = await bucket.get(runKey(run)).catch(() => undefined);
      const record = entry && parseObject(RunRecord, entry.value);
      if (record?.ok) {
        see.record(record.value);
        if (isFinal(record.value.phase)) return record.value;
      }
      requireOpen(bus);
      await sleep(clock, POLL_MS);
    }
  } finally {
    live.close();
  }
}
