/** Result processors of an aggregator on a real NATS server: told in time, never waited for, and owed until they were told. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Bus, reportName } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import type { Processor, Told } from "../../libs/processors/processor.ts";
import type { Hook, ProcessorConfig } from "../../libs/protocol/config/processors.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { owedKey, RunEnded, SlicesSettled, WindowClosed } from "../../libs/protocol/processing.ts";
import { RunEvent } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { startAggregator } from "../../services/aggregator/aggregator.ts";
import { createAggregatorMetrics } from "../../services/aggregator/metrics.ts";
import { createWindows } from "../../services/aggregator/processing/windows.ts";
import { acceptLogged } from "../support/accepted-run.ts";
import { eventually } from "../support/eventually.ts";
import { type NatsServer, startNats } from "../support/servers.ts";

let nats: NatsServer;
let bus: Bus;

before(async () => {
  nats = await startNats();
  bus = await connectBus({ url: nats.url, prefix: "lb", name: "test", waitForServer: false });
  await bus.provision(1);
});
after(async () => {
  await bus.close();
  await nats[Symbol.asyncDispose]();
});

/** What a processor was told, by the name that its config gives it. */
type Heard = [name: string, hook: Hook, told: Told[Hook]];

const named = (name: string, ...on: Hook[]): ProcessorConfig => {
  return { type: "module", module: name, on: on.length > 0 ? on : ["end"], options: {} };
};

/** An aggregator whose processors do as the test says. */
async function aggregateWith(
  forAll: readonly ProcessorConfig[],
  act: (name: string, hook: Hook) => void | Promise<void>,
) {
  const heard: Heard[] = [];
  const open = (config: ProcessorConfig): Processor => {
    const name = config.type === "module" ? config.module : config.type;
    const hear = (hook: Hook) => (told: Told[Hook]) => {
      heard.push([name, hook, told]);
      return act(name, hook);
    };
    return { slices: hear("slices"), window: hear("window"), end: hear("end") };
  };
  const aggregator = await startAggregator({
    ...{ bus, clock: systemClock, log: createLog("aggregator", "test", "silent"), resultsDir: "/nowhere" },
    runs: await bus.runsBucket(),
    reports: await bus.reportObjects(),
    metrics: createAggregatorMetrics(createRegistry("aggregator")),
    processors: { forAll, open },
  });
  return { heard, aggregator };
}

/** The dead letters in a run's log. */
async function lettersOf(run: string) {
  const { streams, subjects } = bus.names;
  const logged = await bus.read(streams.events, subjects.eventsOfRun(run), 1, 1000);
  const events = logged
    .map(({ data }) => parseMessage(RunEvent, data))
    .flatMap((read) => (read.ok ? [read.value] : []));
  return events.filter((event) => event.type === "processor_failed");
}

const isOwed = async (run: string) => (await (await bus.runsBucket()).get(owedKey(run))) !== undefined;
const hasReport = async (run: string) =>
  (await (await bus.reportObjects()).get(reportName(run))) !== undefined;

test("slices and the end are told to whom they concern, the settings' processors and the run's own; then nothing is owed", async () => {
  const { heard, aggregator } = await aggregateWith([named("all", "slices", "end")], () => undefined);
  const run = await acceptLogged(bus, "told", { processors: [named("own")] });
  for (const result of run.results) await run.result(result);
  await eventually("the run to be owed", () => isOwed("told"));
  await run.drain();
  await eventually("nothing to be owed", async () => heard.length > 2 && !(await isOwed("told")));
  await aggregator.close();

  const slices = heard.filter(([, hook]) => hook === "slices").map(([, , told]) => SlicesSettled.parse(told));
  assert.equal(
    slices.reduce((sum, told) => sum + told.slices.length + told.left_out, 0),
    run.results.length,
  );
  assert.equal(new Set(slices.map(({ id }) => id)).size, slices.length);
  const queries = slices
    .flatMap((told) => told.slices)
    .reduce((sum, slice) => sum + slice.ok + slice.failed, 0);
  assert.ok(queries > 0);
  const ends = heard.filter(([, hook]) => hook === "end");
  assert.deepEqual(ends.map(([name]) => name).sort(), ["all", "own"]);
  for (const [, , told] of ends) {
    const { id, exit_code } = RunEnded.parse(told);
    assert.equal(id, "told.end");
    assert.equal(JSON.stringify((told as RunEnded).report), run.expected());
    assert.ok([0, 98, 99].includes(exit_code));
  }
  await run.finish();
});

test("one that hangs and one that throws hold up neither the report nor each other, and the log says what was not told", async () => {
  const processors = [named("hangs"), named("throws", "slices", "end"), named("works")];
  let release = () => {};
  const { heard, aggregator } = await aggregateWith([], (name) => {
    if (name === "hangs") return new Promise((resolve) => (release = resolve));
    if (name === "throws") throw new Error("no room");
  });
  const run = await acceptLogged(bus, "hurt", { processors });
  for (const result of run.results) await run.result(result);
  await run.drain();
  await eventually("the report", () => hasReport("hurt"));
  await eventually("the run to be let go", () => aggregator.runningTasks() === 0);
  await eventually("the others to be told", () => heard.filter(([, hook]) => hook === "end").length === 3);
  const letters = await eventually("dead letters", async () => {
    const found = await lettersOf("hurt");
    return found.some(({ hook }) => hook === "end") && found;
  });
  const last = letters.find(({ hook }) => hook === "end");
  assert.deepEqual(
    [last?.processor, last?.kind, last?.id, last?.reason],
    ["spec.processors[1]", "module", "hurt.end", "no room"],
  );
  assert.ok(letters.every(({ processor }) => processor === "spec.processors[1]"));
  assert.equal(await isOwed("hurt"), true, "the one that hangs is owed still");
  // No report tells of its readers.
  const text = await (await bus.reportObjects()).get(reportName("hurt"));
  assert.equal(text, run.expected());
  await run.finish();

  // As if that one had died: another aggregator tells the one who was not told, under the same id, and no other.
  const second = await aggregateWith([], () => undefined);
  await eventually("nothing to be owed", async () => !(await isOwed("hurt")));
  assert.deepEqual(
    second.heard.map(([name, hook, { id }]) => [name, hook, id]),
    [["hangs", "end", "hurt.end"]],
  );
  await second.aggregator.close();
  release();
  await aggregator.close();
});

test("the end of a run that failed is told without a report, also when the aggregator was away by then", async () => {
  const first = await aggregateWith([named("all")], () => undefined);
  const run = await acceptLogged(bus, "failing");
  await eventually("the run to be owed", () => isOwed("failing"));
  await run.tell({ type: "failed", reason: "no worker came" });
  const [, , told] = await eventually("the end", () => first.heard[0]);
  const { phase, failure, exit_code, report } = RunEnded.parse(told);
  assert.deepEqual([phase, failure, exit_code, report], ["failed", "no worker came", 1, undefined]);
  await eventually("nothing to be owed", async () => !(await isOwed("failing")));
  await run.finish();
  const bucket = await bus.runsBucket();
  const away = await acceptLogged(bus, "away");
  await eventually("the run to be owed", () => isOwed("away"));
  await first.aggregator.close();
  await bucket.put("run.away", { ...away.record, phase: "failed", failure: "nobody was there" });
  const second = await aggregateWith([named("all")], () => undefined);
  const [, , later] = await eventually("the end", () => second.heard[0]);
  assert.equal(RunEnded.parse(later).failure, "nobody was there");
  await eventually("nothing to be owed", async () => !(await isOwed("away")));
  await second.aggregator.close();
});

test("a window is told once, when all its slices are settled, or when it is long past, and at the run's end", () => {
  const window = (toS: number, complete: boolean) =>
    WindowClosed.shape.window.parse({
      ...{
        length_s: 10,
        from_s: toS - 10,
        to_s: toS,
        slices_expected: 4,
        slices_settled: complete ? 4 : 3,
        complete,
      },
      ...{ completed_per_s: 1, error_rate: 0 },
    });
  let completeToS = 10;
  const rollingWindows = (nowMs: number) => {
    const toS = Math.floor((nowMs - 3000) / 1000);
    return [window(toS, toS <= completeToS), { ...window(toS, true), length_s: 60 }];
  };
  const windows = createWindows(0);
  const due = (runMs: number, isOver = false) =>
    windows.due({ rollingWindows }, runMs, isOver).map(({ from_s, complete }) => [from_s, complete]);
  assert.deepEqual(due(9000), []);
  assert.deepEqual(due(12_999), []);
  assert.deepEqual(due(13_000), [[0, true]]);
  assert.deepEqual(due(40_000), [], "its results are late");
  assert.deepEqual(due(50_001), [[10, false]], "half a minute is too late");
  completeToS = 40;
  assert.deepEqual(due(50_001), [
    [20, true],
    [30, true],
  ]);
  assert.deepEqual(due(45_000, true), [[40, false]], "the last one may be short");
  assert.deepEqual(due(45_000, true), []);
});
