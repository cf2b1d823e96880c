/** The library of a whole system as a team uses it: over REST, whose answers are checked against the served document, and by the command line. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EXIT_CODES } from "../../libs/protocol/exit-codes.ts";
import { LibraryEntry, ScheduleStatus } from "../../libs/protocol/library/entry.ts";
import type { Execution } from "../../libs/protocol/library/execution.ts";
import type { RunEvent } from "../../libs/protocol/run.ts";
import { SeriesRecord } from "../../libs/protocol/series.ts";
import { entry, failing, plan, scenarioOn, suite } from "../support/documents.ts";
import { eventually } from "../support/eventually.ts";
import { startTeam, type Team } from "../support/team.ts";

const EVERY_SECOND = "* * * * * *";

let team: Team;
before(async () => {
  team = await startTeam();
});
after(() => team[Symbol.asyncDispose]());

const ask: Team["ask"] = (...asked) => team.ask(...asked);
const put: Team["put"] = (document) => team.put(document);
const logburst: Team["logburst"] = (...asked) => team.logburst(...asked);
const scenario = (name: string, spec: object = {}) => scenarioOn(team.targetUrl, name, spec);

test("entries are listed by kind and in pages, changed only at the revision that was seen, and deleted when nothing names them", async () => {
  const first = await put(scenario("quick"));
  await put(scenario("broken", failing));
  await put(suite("good", "quick"));
  await put(suite("bad", "broken"));
  const released = await put(plan("release", "good"));
  await put(plan("doubtful", "bad"));
  assert.deepEqual(
    [first.kind, first.name, first.changed_by, first.source, first.description],
    ["scenario", "quick", "olga", "api", "a few queries"],
  );
  const of = async (query: string) => (await ask("GET", `/library?${query}`)).json;
  const names = (page: { entries: LibraryEntry[] }) => page.entries.map(({ name }) => name);
  assert.deepEqual(names(await of("kind=scenario")), ["broken", "quick"]);
  assert.deepEqual(names(await of("")), ["broken", "quick", "bad", "good", "doubtful", "release"]);

  const changed = await ask("POST", `/library?revision=${released.revision}`, {
    ...plan("release", "good"),
    metadata: { name: "release", labels: { team: "search" } },
  });
  assert.deepEqual([changed.status, changed.json.revision > released.revision], [200, true], changed.text);
  const seen = await ask("GET", "/library/plan/release");
  assert.deepEqual(
    [seen.json.revision, seen.json.document.metadata.labels],
    [changed.json.revision, { team: "search" }],
  );
  for (const stale of [
    await ask("POST", `/library?revision=${released.revision}`, plan("release", "bad")),
    await ask("DELETE", `/library/plan/release?revision=${released.revision}`),
  ]) {
    assert.deepEqual([stale.status, stale.json.code], [412, "outdated"]);
    assert.match(stale.json.detail, new RegExp(`it is at revision ${changed.json.revision}`));
  }

  const used = await ask("DELETE", "/library/scenario/quick");
  assert.deepEqual([used.status, used.json.code], [409, "conflict"]);
  const missing = await ask("POST", "/library", suite("sketch", "quick", "none"));
  assert.deepEqual([missing.status, missing.json.errors[0].pointer], [400, "#/spec/scenarios/1/scenario"]);
  await put(suite("another", "quick"));
  assert.equal((await ask("DELETE", "/library/suite/another")).status, 200);
  assert.equal((await ask("GET", "/library/suite/another")).status, 404);
  // Nothing of what was deleted makes a page shorter, or one more of them.
  assert.deepEqual(names(await of("kind=suite&limit=1")), ["bad"]);
  const { next_cursor: next } = await of("kind=suite&limit=1");
  const rest = await of(`kind=suite&limit=1&cursor=${next}`);
  assert.deepEqual([names(rest), rest.next_cursor], [["good"], undefined]);
});

test("a scenario runs with values for its parameters, and one that it does not have, or that does not fit, is refused", async () => {
  const run = await ask("POST", "/scenarios/quick/run", {
    parameters: { queries: 3 },
    set: { "metadata.name": "three" },
  });
  assert.deepEqual([run.status, run.json.planned, run.json.name], [201, 3, "three"], run.text);
  for (const [parameters, told] of [
    [{ querys: 3 }, /querys.*known are: queries/],
    [{ queries: "many" }, /total_queries/],
  ] as const) {
    const refused = await ask("POST", "/scenarios/quick/run", { parameters });
    assert.deepEqual([refused.status, refused.json.code], [400, "bad_config"]);
    assert.match(JSON.stringify(refused.json.errors), told);
  }
  const unknown = await ask("POST", "/scenarios/none/run");
  assert.deepEqual([unknown.status, unknown.json.remedies.length > 0], [404, true]);
  const ended = await team.endOfRun(run.json.id);
  assert.deepEqual([ended.verdict, ended.created_by], ["passed", "olga"]);
});

test("a plan's second stage runs where its first one passed, and is left out where it failed its threshold", async () => {
  const begun = ["release", "doubtful"].map((name) => ask("POST", "/executions", { kind: "plan", name }));
  const [good, bad] = await Promise.all(
    begun.map(async (answer) => team.endOfExecution((await answer).json.id as string)),
  );
  assert.ok(good && bad);
  const told = ({ phase, verdict, stages, outcomes }: Execution) => [
    ...[phase, verdict],
    ...stages.map(({ name, state }) => `${name} ${state}`),
    outcomes.length,
  ];
  assert.deepEqual(told(good), ["completed", "passed", "first passed", "second passed", 2]);
  assert.deepEqual(told(bad), ["completed", "failed", "first failed", "second skipped", 1]);
  const planned = await Promise.all(
    good.outcomes.map(async (each) => (await team.runNow(each.run_id)).planned),
  );
  assert.deepEqual(planned, [5, 7]);
  const { executions } = (await ask("GET", "/executions?limit=1")).json;
  assert.equal(executions.length, 1);
  const stop = await ask("POST", `/executions/${good.id}/stop`);
  assert.deepEqual([stop.status, stop.json.code], [409, "conflict"]);
});

test("a schedule that is paused starts nothing while another one of the same times does, and starts when it is resumed", async () => {
  const often = { cron: EVERY_SECOND, scenario: "quick" };
  await put(entry("Schedule", "patient", { ...often, paused: true }));
  // It fails at each of its times, so that it shows that they have come and costs no run.
  await put(entry("Schedule", "witness", { ...often, parameters: { nobody_knows_it: 1 } }));
  const status = async (name: string): Promise<ScheduleStatus> =>
    (await ask("GET", `/schedules/${name}`)).json;
  const seen = await eventually("two times of the witness", async () => {
    const { fires } = await status("witness");
    const failed = fires.filter(({ outcome }) => outcome === "failed");
    return failed.length >= 2 && failed;
  });
  assert.match(seen[0]?.reason ?? "", /nobody_knows_it/);
  const paused = await status("patient");
  assert.deepEqual([paused.paused, paused.next_ms, paused.fires], [true, undefined, []]);

  const resumed = await logburst(["schedule", "patient", "--resume", "--json"], "anna");
  assert.deepEqual(
    [resumed.code, ScheduleStatus.parse(JSON.parse(resumed.out)).paused],
    [0, false],
    resumed.err,
  );
  const [start] = await eventually("a start", async () => {
    const { fires } = await status("patient");
    return fires.length > 0 && fires;
  });
  const [{ out }, listed] = await Promise.all([
    logburst(["schedule", "patient", "--pause"]),
    logburst(["schedules"]),
  ]);
  assert.match(out, /^patient: \* \* \* \* \* \* \(UTC\) runs scenario quick; next: paused\n\S+ started \S+/);
  assert.ok((start?.fire_ms ?? 0) > (seen.at(-1)?.fire_ms ?? 0));
  const execution = await team.endOfExecution(start?.execution ?? "");
  assert.deepEqual(
    [execution.verdict, execution.schedule, execution.fire_ms, execution.created_by],
    ["passed", "patient", start?.fire_ms, "olga"],
  );
  assert.match(listed.out, /witness +\* \* \* \* \* \* +UTC +scenario quick +\d{4}\S+ +(failed|missed)/);
  for (const name of ["patient", "witness"])
    assert.equal((await ask("DELETE", `/library/schedule/${name}`)).status, 200);
  assert.deepEqual((await ask("GET", "/schedules")).json.schedules, []);
});

test("a run of production waits for another approver's word, also in an execution; all of it is in its events", async () => {
  await put(scenarioOn(team.production.url, "shop"));
  const waiting = (id: string) =>
    eventually(`run ${id} to wait`, async () => (await team.runNow(id)).phase === "awaiting_approval");
  const run = await ask("POST", "/scenarios/shop/run", {}, "anna");
  assert.deepEqual([run.status, run.json.created_by], [201, "anna"], run.text);
  const { id } = run.json;
  await waiting(id);
  const approve = (person: "olga" | "anna" | "berta") =>
    ask("POST", `/runs/${id}/approve`, { reason: "agreed" }, person);
  for (const [person, why] of [
    ["anna", /anna/],
    ["olga", /needs approver/],
  ] as const) {
    const refused = await approve(person);
    assert.deepEqual([refused.status, refused.json.code], [403, "forbidden"]);
    assert.match(refused.json.detail, why);
  }
  assert.equal(team.production.seen.length, 0, "production is not asked before somebody allows it");
  assert.equal((await approve("berta")).status, 202);
  assert.equal((await team.endOfRun(id)).phase, "completed");
  assert.equal(team.production.seen.length, 5);
  const { events } = (await ask("GET", `/runs/${id}/events`)).json as { events: { event: RunEvent }[] };
  const told = events.map(({ event }) => [event.type, "by" in event ? event.by : undefined]);
  assert.deepEqual(told.slice(0, 3), [
    ["accepted", "anna"],
    ["approval_awaited", undefined],
    ["approved", "berta"],
  ]);

  const { json: execution } = await ask("POST", "/executions", { kind: "scenario", name: "shop" }, "anna");
  const current = await eventually(
    "its run",
    async () => (await team.executionNow(execution.id)).current?.run_id,
  );
  await waiting(current);
  const [own, no] = await Promise.all([
    logburst(["approve", current], "anna"),
    logburst(["reject", current, "--reason", "sale on Friday"], "berta"),
  ]);
  assert.deepEqual([own.code, no.code], [EXIT_CODES.error, 0], own.err + no.err);
  const { verdict, outcomes } = await team.endOfExecution(execution.id);
  assert.equal(verdict, "failed");
  assert.match(outcomes[0]?.reason ?? "", /berta did not approve it: sale on Friday/);
  assert.match((await logburst(["show", current])).out, /approval_refused: sale on Friday/);
  assert.equal(team.production.seen.length, 5);
});

test("the command line puts files, or says what is wrong with which one, shows them, and deletes them at a revision", async () => {
  team.fileOf("words.csv", "word\nrefused\ntimeout\n");
  const variables = { word: { csv: { file: "words.csv", column: "word" } } };
  const queries = [{ name: "q", template: "{{ word }} | limit 1", variables }];
  const good = team.fileOf("nightly.yaml", JSON.stringify(scenario("nightly", { queries })));
  const group = team.fileOf("group.yaml", JSON.stringify(suite("group", "nightly")));
  const bad = team.fileOf(
    "bad.yaml",
    `apiVersion: benchmark.victorialogs.io/v1\nkind: Suite\nmetadata: { name: bad }\nspec:\n  scenarios: []\n  what: 1\n`,
  );
  const lone = team.fileOf("lone.yaml", JSON.stringify(suite("lone", "nobody")));
  const [refused, nobody] = await Promise.all([
    logburst(["library", "put", good, bad]),
    logburst(["library", "put", lone]),
  ]);
  assert.deepEqual([refused.code, nobody.code], [EXIT_CODES.badConfig, EXIT_CODES.badConfig]);
  assert.match(refused.err, /bad\.yaml:6:3 spec\.what: is not a known key/);
  assert.equal((await ask("GET", "/library/scenario/nightly")).status, 404, "none where one of them is bad");
  assert.match(
    nobody.err,
    /lone\.yaml.* spec\.scenarios\[0\]\.scenario: there is no scenario nobody in the library; put/,
  );

  const added = await logburst(["library", "put", good, group, "--revision", "0"]);
  assert.deepEqual([added.code, added.err], [0, ""]);
  assert.match(added.out, /^scenario nightly: revision \d+\nsuite group: revision \d+\n$/);
  const [listed, shown, again, used] = await Promise.all([
    logburst(["library", "list", "--kind", "scenario", "--json"]),
    logburst(["library", "show", "suite", "group"]),
    logburst(["library", "put", good, "--revision", "0"]),
    logburst(["library", "delete", "scenario", "nightly"]),
  ]);
  const { entries } = JSON.parse(listed.out);
  const nightly = LibraryEntry.omit({ document: true }).parse(
    entries.find((each: LibraryEntry) => each.name === "nightly"),
  );
  assert.match(shown.out, /scenarios:\n +- scenario: nightly/);
  const stored = (await ask("GET", "/library/scenario/nightly")).json.document.spec.config;
  assert.deepEqual(stored.spec.queries[0].variables.word, { list: ["refused", "timeout"] });
  assert.equal(again.code, EXIT_CODES.error);
  assert.match(again.err, new RegExp(`scenario nightly .*it is at revision ${nightly.revision}\n +remedy: `));
  assert.deepEqual([used.code, /used by suite group/.test(used.err)], [EXIT_CODES.error, true]);
  assert.equal((await logburst(["library", "delete", "suite", "group"])).out, "suite group: deleted\n");
  const revision = String(nightly.revision);
  const gone = await logburst(["library", "delete", "scenario", "nightly", "--revision", revision, "--json"]);
  assert.deepEqual(JSON.parse(gone.out), { kind: "scenario", name: "nightly" });
});

test("what is launched and followed ends the command when all of it is over, with the code of its verdict", async () => {
  await put(scenario("twice", { repeat: 2 }));
  const [series, failed, wrong] = await Promise.all([
    logburst(["launch", "scenario", "twice", "--parameter", "queries=4", "--follow", "--json"]),
    logburst(["launch", "plan", "doubtful", "--follow"]),
    logburst(["launch", "scenario", "quick", "--parameter", "queries={"]),
  ]);
  assert.equal(series.code, EXIT_CODES.passed, series.err);
  assert.equal(failed.code, EXIT_CODES.failed);
  assert.match(failed.err, /run ended first \S+: failed: /);
  assert.match(failed.err, /stage ended second: skipped/);
  const [seriesId, id] = [JSON.parse(series.out).series, failed.out.trim()];
  const [shown, listed, execution, executions] = await Promise.all([
    logburst(["series", "show", seriesId, "--json"]),
    logburst(["series", "list", "--kind", "repeat", "--json"]),
    logburst(["execution", id]),
    logburst(["executions", "--json"]),
  ]);
  const { phase, steps } = SeriesRecord.parse(JSON.parse(shown.out));
  assert.deepEqual([phase, steps.length], ["completed", 2]);
  assert.equal(JSON.parse(listed.out).series[0].id, seriesId);
  assert.match(
    execution.out,
    new RegExp(`^${id}: completed, failed\n.*\nfirst +failed +broken\nsecond +skipped +quick\n`),
  );
  assert.ok(JSON.parse(executions.out).executions.some((each: Execution) => each.id === id));
  assert.equal(wrong.code, EXIT_CODES.error);
  assert.match(wrong.err, /--parameter queries: \{ is not YAML/);
});
