/** The command line's side of the bus: submits, stops and follows runs, fetches reports. */

import { type Bus, reportName } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { errorOf, RunReply } from "../../libs/protocol/api.ts";
import { parseMessage, parseObject } from "../../libs/protocol/door.ts";
import { LogburstError } from "../../libs/protocol/errors.ts";
import { Report } from "../../libs/protocol/report.ts";
import { isFinal, Live, RunRecord, runKey } from "../../libs/protocol/run.ts";
import { type Clock, sleep } from "../../libs/runtime/clock.ts";
import type { Environment } from "../../libs/runtime/config.ts";
import { turnKillSwitch } from "../../libs/runtime/kill-switch.ts";

const REQUEST_TIMEOUT_MS = 10_000;
/** A run's record is asked for so often, besides what is pushed. */
const POLL_MS = 250;

export interface Client extends AsyncDisposable {
  submit(text: string): Promise<RunRecord>;
  stop(run: string): Promise<void>;
  /** Sets the kill switch, or clears it. Needs no leader. */
  turnKillSwitch(set: boolean, reason: string, by: string): Promise<void>;
  /** Watches a run until it is over. */
  follow(run: string, see: { record(record: RunRecord): void; live(live: Live): void }): Promise<RunRecord>;
  report(run: string): Promise<Report | undefined>;
  close(): Promise<void>;
}

export async function connectClient(
  environment: Environment,
  natsUrl: string,
  clock: Clock,
): Promise<Client> {
  const bus = await connectBus({
    url: natsUrl,
    prefix: environment.LOGBURST_PREFIX,
    name: "logburst-cli",
    credsFile: environment.NATS_CREDS,
    waitForServer: false,
  });

  async function ask(verb: "run.create" | "run.stop", payload: string): Promise<RunRecord> {
    const reply = parseMessage(
      RunReply,
      await bus.request(bus.names.subjects.api(verb), payload, REQUEST_TIMEOUT_MS),
    );
    if (!reply.ok) throw new LogburstError("internal", `the coordinator's answer ${reply.reason}`);
    if (reply.value.ok) return reply.value.run;
    throw errorOf(reply.value);
  }

  return {
    submit: (text) => ask("run.create", text),
    async stop(run) {
      await ask("run.stop", run);
    },
    turnKillSwitch: (set, reason, by) => turnKillSwitch(bus, { v: 1, set, reason, by, at_ms: clock.nowMs() }),
    follow: (run, see) => followRun(bus, clock, run, see),
    async report(run) {
      const text = await (await bus.reportObjects()).get(reportName(run));
      if (text === undefined) return undefined;
      const parsed = parseObject(Report, JSON.parse(text));
      if (parsed.ok) return parsed.value;
      throw new LogburstError("internal", `the report of ${run} ${parsed.reason}`);
    },
    close: bus.close,
    [Symbol.asyncDispose]: bus.close,
  };
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
      if (bus.isClosed()) throw new LogburstError("bus_unavailable", "the link to NATS is closed");
      await sleep(clock, POLL_MS);
    }
  } finally {
    live.close();
  }
}
