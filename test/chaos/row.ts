/** One row of the chaos suite: a fault on a run of one model, from an empty machine to what is wrong about it. */

import { setTimeout as pause } from "node:timers/promises";
import { reportName } from "../../libs/bus/bus.ts";
import { createStanding } from "../../libs/fold/verdict/standing.ts";
import { randomFor } from "../../libs/load/random.ts";
import { RunReply } from "../../libs/protocol/api.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import { Report } from "../../libs/protocol/report.ts";
import { LogEntry } from "../../libs/protocol/result.ts";
import { isFinal, RunEvent, RunRecord, runKey } from "../../libs/protocol/run.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { eventually } from "../support/eventually.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Counts, countsOf, imbalances, type LoggedResult, mostUnreported } from "./books.ts";
import type { Case, Fault, Outcome, Scene } from "./fault.ts";
import { recoveryMs } from "./recovery.ts";
import type { Stage } from "./stage.ts";
import type { Row } from "./table.ts";
import { configOf, shareFor, USUAL_LENGTH_S } from "./workloads.ts";

/** Answers are held back so long: a closed user asks at most four times a second. */
const DELAY_MS = 250;
/** The fault strikes in this part of the run. */
const EARLIEST = 0.25;
const LATEST = 0.4;
/** A run that is not over so long after its planned end hangs. */
const HANG_LIMIT_MS = 60_000;
/** Attempts that others overtook report their results within this after the run's end. */
const LAST_RESULTS_MS = 6000;
/** The purpose of the random numbers here: none of those that the load is drawn from. */
const CHAOS = 99;

/** Drives a fault on a stage, which is then as the fault has left it. */
export async function runRow(stage: Stage, { fault, model, seed }: Case, targetUrl: string): Promise<Row> {
  await using proxy = await startCountingProxy(targetUrl, DELAY_MS);
  await using targetLink = await startFaultProxy(Number(new URL(proxy.url).port));
  const random = randomFor(seed, CHAOS, ...Buffer.from(`${fault.name} ${model}`));
  const lengthMs = (fault.lengthS ?? USUAL_LENGTH_S[model]) * 1000;
  const run = await submit(stage, configOf(model, lengthMs / 1000, seed, targetLink.port, fault.thresholds));
  let struckMs: number | undefined;
  const scene: Scene = {
    ...stage,
    proxy,
    targetLink,
    model,
    random,
    run,
    startsMs: undefined,
    lengthMs,
    struck() {
      struckMs ??= Date.now();
    },
  };
  const atMs = (EARLIEST + (LATEST - EARLIEST) * random()) * lengthMs;
  const striking = fault.duringMuster ? fault.strike(scene) : strikeInRun(fault, scene, atMs);
  striking.catch(() => undefined);
  const record = await ended(stage, run.id, lengthMs + HANG_LIMIT_MS);
  await striking;
  const outcome = await gather(scene, record, struckMs ?? 0);
  return { fault: fault.name, model, seed, ...judge(fault, outcome) };
}

/** Of a row that could not be driven to its end. */
export function failedRow({ fault, model, seed }: Case, error: unknown): Row {
  const nothing = { atMs: undefined, recoveryMs: undefined, ledger: undefined, counts: undefined };
  const complaints = [messageOf(error)];
  return { fault: fault.name, model, seed, ...nothing, mostUnreported: 0, complaints };
}

async function strikeInRun(fault: Fault, scene: Scene, atMs: number): Promise<void> {
  const startsMs = await startOf(scene, scene.run.id);
  await pause(startsMs + atMs - Date.now());
  await fault.strike({ ...scene, startsMs });
}

async function submit({ bus }: Stage, config: string): Promise<RunRecord> {
  const answer = await bus.request(bus.names.subjects.api("run.create"), config, 10_000);
  const reply = parseMessage(RunReply, answer);
  if (reply.ok && reply.value.ok) return reply.value.run;
  throw new Error(`the run was refused: ${Buffer.from(answer).toString()}`);
}

async function recordOf({ bus }: Stage, run: string): Promise<RunRecord | undefined> {
  const entry = await (await bus.runsBucket()).get(runKey(run));
  return entry && RunRecord.parse(entry.value);
}

async function startOf(stage: Stage, run: string): Promise<number> {
  const ask = async () => (await recordOf(stage, run))?.t0_ms;
  return eventually("the run starts", ask, HANG_LIMIT_MS);
}

async function ended(stage: Stage, run: string, limitMs: number): Promise<RunRecord> {
  const ask = async () => {
    const record = await recordOf(stage, run);
    return record && isFinal(record.phase) && record;
  };
  return eventually("the end of the run", ask, limitMs);
}

/** What the run has left behind: report, events and all results, the last of which may still be on their way. */
async function gather(scene: Scene, record: RunRecord, struckMs: number): Promise<Outcome> {
  const { bus, proxy } = scene;
  const { streams, subjects } = bus.names;
  const text = await (await bus.reportObjects()).get(reportName(record.id));
  if (text === undefined) throw new Error(`${record.phase} without a report: ${record.failure ?? ""}`);
  const report = Report.parse(JSON.parse(text));
  const events: RunEvent[] = [];
  const logged: LoggedResult[] = [];
  const standing = createStanding();
  const followers = [
    await bus.follow(streams.events, subjects.eventsOfRun(record.id), "beginning", (data) => {
      const parsed = parseMessage(RunEvent, data);
      if (parsed.ok) events.push(parsed.value);
    }),
    await bus.follow(streams.results, subjects.allResults, "beginning", (data) => {
      const parsed = parseMessage(LogEntry, data);
      if (!parsed.ok || parsed.value.run !== record.id) return;
      const { kind } = standing.take(parsed.value);
      if (parsed.value.kind === "ran") logged.push({ result: parsed.value, isLate: kind === "behind" });
    }),
  ];
  await eventually("the run's last event", () => events.some(({ type }) => type === "completed"));
  const outcome = { scene, record, report, events, logged, struckMs };
  const isClosed = () => proxy.inFlight() === 0 && countsNow(outcome).unreported === 0;
  await eventually("all results", isClosed, LAST_RESULTS_MS).catch(() => undefined);
  for (const follower of followers) await follower.close();
  return outcome;
}

function countsNow({ report, logged, scene }: Outcome): Counts {
  return countsOf(report, logged, scene.proxy.seen.length);
}

function reasonsOf({ reasons }: Report, of: "lost" | "missed"): string {
  const named = reasons.filter(({ state }) => state === of);
  return named
    .map(({ reason, count, slices }) => `${reason} ${count} in ${JSON.stringify(slices)}`)
    .join(", ");
}

function judge(fault: Fault, outcome: Outcome): Omit<Row, "fault" | "model" | "seed"> {
  const { scene, record, report, struckMs } = outcome;
  const { model } = scene;
  const { ledger } = report;
  const counts = countsNow(outcome);
  const most = fault.killsWorkers ? mostUnreported(outcome) : 0;
  const t0Ms = record.t0_ms ?? 0;
  const endsMs = model === "count" ? t0Ms + report.duration_ms : t0Ms + scene.lengthMs;
  const complaints = [...imbalances(report)];
  const expect = (holds: boolean, words: string) => {
    if (!holds) complaints.push(words);
  };
  const { endsAs = "completed", changes = false } = fault;
  expect(record.phase === endsAs, `the run is ${record.phase}: ${record.failure ?? ""}`);
  expect(changes || record.schedule_hash === scene.run.schedule_hash, "the schedule has changed");
  expect(struckMs > 0, "the fault did not strike");
  expect(ledger.ok > 0, "nothing was answered");
  expect(
    ledger.cancelled === 0 || endsAs !== "completed",
    `${ledger.cancelled} cancelled, though nobody stopped the run`,
  );
  expect(fault.mayLose === true || ledger.lost === 0, `${ledger.lost} lost: ${reasonsOf(report, "lost")}`);
  expect(
    fault.mayMiss === true || ledger.missed === 0,
    `${ledger.missed} missed: ${reasonsOf(report, "missed")}`,
  );
  if (!fault.hidesSends) {
    expect(counts.unreported >= 0, `${-counts.unreported} more in the books than arrived`);
    expect(
      counts.unreported <= most,
      `${counts.unreported} arrived that are in nobody's books; at most ${most} can be`,
    );
  }
  complaints.push(...(fault.complaints?.(outcome) ?? []));
  return {
    atMs: record.t0_ms === undefined ? undefined : struckMs - t0Ms,
    recoveryMs: recoveryMs(shareFor(model, scene), struckMs, endsMs),
    ledger,
    counts,
    mostUnreported: most,
    complaints,
  };
}
