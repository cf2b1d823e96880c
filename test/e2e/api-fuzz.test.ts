/** Whatever is asked of the API, in and out of its document: it answers as it says, nothing breaks, and a run that goes on is not harmed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { connect } from "nats";
import { API_VERBS, namesFor, TOKEN } from "../../libs/protocol/names.ts";
import {
  type Answered,
  createApiClient,
  type Json,
  type Method,
  type Operation,
} from "../support/api-client.ts";
import { eventually } from "../support/eventually.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

const REQUESTS = 400;
/** Asks for what it is for: the end of all load. */
const KILL_SWITCH = "/api/v1/kill";

interface Ask {
  readonly operation: Operation;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const strange = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(
    "",
    "null",
    "-1",
    "1e9",
    "0x10",
    "..",
    "%",
    "a/b",
    "__proto__",
    "constructor",
    "x".repeat(3000),
  ),
);

/** A value that a schema allows, most of the time, or any other. */
function valueFor(schema: Json = {}): fc.Arbitrary<unknown> {
  const fitting: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    integer: fc.integer({ min: -1, max: 600 }),
    number: fc.double(),
    boolean: fc.boolean(),
    string: schema.enum ? fc.constantFrom(...schema.enum) : fc.string({ maxLength: 30 }),
    object: fc.dictionary(fc.string({ maxLength: 30 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 }),
  };
  const fits = fitting[schema.type as string] ?? fc.jsonValue({ maxDepth: 2 });
  return fc.oneof({ weight: 4, arbitrary: fits }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) });
}

/** @param ids of runs that may be named where something is changed, and where something is only read */
function askOf(
  operation: Operation,
  ids: { safe: string[]; all: string[] },
  configs: string[],
): fc.Arbitrary<Ask> {
  const { path, method, parameters } = operation;
  const inPlace = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const segment = (name: string) => {
    const known = name === "id" ? (method === "GET" ? ids.all : ids.safe) : ["worker-1", "1"];
    const some = strange.filter((text) => text !== "" && !/^\.+$/.test(text));
    return fc.oneof(fc.constantFrom(...known), some).map((text) => encodeURIComponent(toWellFormed(text)));
  };
  const segments = fc.record(Object.fromEntries(inPlace("path").map(({ name }) => [name, segment(name)])));
  const query = fc.record(
    Object.fromEntries(
      inPlace("query").map(({ name, schema }) => [name, fc.oneof(valueFor(schema), strange)]),
    ),
    { requiredKeys: [] },
  );
  const header = fc.stringMatching(/^[!-~]{1,250}$/);
  const headers = fc.record(Object.fromEntries(inPlace("header").map(({ name }) => [name, header])), {
    requiredKeys: [],
  });
  return fc.record({
    operation: fc.constant(operation),
    path: fc.tuple(segments, query, fc.boolean()).map(([inPath, asked, isStray]) => {
      const filled = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => inPath[name] ?? "");
      const stray = isStray ? [["stray", "1"]] : [];
      const search = [...Object.entries(asked), ...stray].map(([name, value]) => `${name}=${inQuery(value)}`);
      return `${filled}?${search.join("&")}`;
    }),
    headers: headers as fc.Arbitrary<Record<string, string>>,
    body: operation.body === undefined ? fc.constant(undefined) : bodyOf(operation.body, configs),
  });
}

function bodyOf(body: Json, configs: string[]): fc.Arbitrary<string | undefined> {
  const { schema } = body.content["application/json"];
  const garbage = fc.oneof(fc.constant(undefined), strange, fc.json());
  if (schema.$ref !== undefined) return fc.oneof(fc.constantFrom(...configs), garbage);
  const properties = Object.entries(schema.properties as Json).map(([name, each]) => [name, valueFor(each)]);
  const fields = fc.record(Object.fromEntries(properties), { requiredKeys: [] });
  return fc.oneof(
    { weight: 3, arbitrary: fields.map((object) => JSON.stringify(object)) },
    { weight: 1, arbitrary: garbage },
  );
}

const toWellFormed = (text: string) => Buffer.from(text, "utf8").toString("utf8");
const inQuery = (value: unknown) =>
  encodeURIComponent(toWellFormed(typeof value === "string" ? value : JSON.stringify(value)));

/** What nobody should send, over HTTP and over NATS. */
const GARBAGE = [
  "{",
  "[]",
  "null",
  '"text"',
  '{"__proto__": {"a": 1}, "stray": 1}',
  "[".repeat(5000),
  "\u0000\ufffd",
  "x".repeat(100_000),
  "é".repeat(500),
];

/** Every verb answers garbage with a problem that has a code, and none of them with a fault. */
async function askOverNats(natsUrl: string): Promise<void> {
  const nats = await connect({ servers: natsUrl.replace("nats://", "") });
  const { subjects } = namesFor();
  for (const verb of API_VERBS) {
    // A bare word is the name of a run or of a node.
    for (const payload of GARBAGE.filter((text) => !TOKEN.test(text))) {
      const reply = await nats.request(subjects.api(verb), payload, { timeout: 10_000 });
      const answer: Json = reply.json();
      assert.equal(answer.ok, false, `${verb} took ${payload.slice(0, 40)}`);
      assert.ok(
        answer.code !== "internal" && answer.message.length > 0,
        `${verb}: ${JSON.stringify(answer)}`,
      );
    }
  }
  await nats.close();
}

test("hundreds of strange requests get an answer of the document and never a fault, and a run beside them ends whole", async () => {
  await using target = await startTarget(1000);
  await using system = await startSystem({ workers: 1 });
  const client = await createApiClient(system.stack.apiUrl);
  const queries = [{ name: "count", template: "* | stats count() lines" }];
  const config = (seconds: number, extra: object = {}) =>
    benchmark(target.url, {
      workload: { model: "open", target_qps: 10, duration: seconds },
      queries,
      ...extra,
    });

  const running = system.run(config(15));
  // Where the test ends before it, that is what is told.
  running.catch(() => undefined);
  const { json: idle } = await client.ask("POST", "/api/v1/runs?start=false", { body: config(1) });
  const live: string[] = await eventually("both runs", async () => {
    const { runs } = (await client.ask("GET", "/api/v1/runs")).json;
    return runs.length === 2 && runs.map(({ id }: { id: string }) => id);
  });
  const ids = { safe: [idle.id], all: live };
  const configs = [
    JSON.stringify({ ...config(1), spec: {} }),
    JSON.stringify(config(-1)),
    JSON.stringify(config(1, { seed: "x", workers: { replicas: 1e9 } })),
    "a: &a [*a]",
    "{{{",
    `spec: ${"[".repeat(2000)}`,
  ];
  const operations = client.operations.filter(
    ({ path, method, responses }) =>
      !responses["200"]?.content?.["text/event-stream"] && !(path === KILL_SWITCH && method === "POST"),
  );
  assert.ok(operations.length > 15);
  const statuses = new Map<number, number>();
  const asks = fc.oneof(...operations.map((operation) => askOf(operation, ids, configs)));
  await fc.assert(
    fc.asyncProperty(asks, async ({ operation, path, headers, body }) => {
      const asked = { headers, ...(body !== undefined && { body }) };
      const answered: Answered = await client.ask(operation.method as Method, path, asked);
      statuses.set(answered.status, (statuses.get(answered.status) ?? 0) + 1);
      assert.ok(answered.status < 500, `${operation.method} ${path} answered ${answered.text}`);
    }),
    { numRuns: REQUESTS },
  );
  // Whatever was drawn, each operation gets each kind of garbage once.
  for (const operation of operations) {
    for (const body of operation.body === undefined ? [undefined] : GARBAGE) {
      const path = operation.path.replaceAll("{id}", idle.id).replaceAll(/\{\w+\}/g, "x");
      if (operation.method === "POST" && /\/(start|approve)$/.test(path)) continue;
      const { status, text } = await client.ask(operation.method, path, body === undefined ? {} : { body });
      assert.ok(status < 500, `${operation.method} ${path} answered ${text}`);
    }
  }
  await askOverNats(system.stack.natsUrl);
  for (const status of [200, 400, 404])
    assert.ok((statuses.get(status) ?? 0) > 5, `${status}: ${[...statuses]}`);

  const { record, report } = await running;
  assert.equal(record.phase, "completed");
  assert.equal(report.ledger.planned, 150);
  assert.equal(report.ledger.ok + report.ledger.missed, 150);
  assert.equal(report.ledger_balanced, true);
  assert.ok(system.stack.children.every((child) => child.isAlive()));
});
