/** Which targets may be asked: by name, by port, by every address that a name leads to. */

import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { test } from "node:test";
import fc from "fast-check";
import { LogburstError } from "../../libs/protocol/errors.ts";
import { forbiddenAddress, isLoopbackHost } from "../../libs/targets/addresses.ts";
import { checkedLookup, lookupFor } from "../../libs/targets/lookup.ts";
import { hostAndPort, policyFrom, policyOf } from "../../libs/targets/policy.ts";
import { readRules } from "../../libs/targets/rules.ts";

const local = policyOf(undefined, true);
const shared = (text?: string) => policyOf(text, false);
const PORT = 9428;

test("metadata and link-local addresses are refused however they are written, whatever is allowed", () => {
  const everything = policyOf("* 0.0.0.0/0 ::/0 169.254.0.0/16", true);
  for (const url of [
    "http://169.254.169.254/latest",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[::169.254.169.254]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://169.254.1.2:9428/",
    "http://metadata.google.internal/",
    "http://METADATA.google.internal./",
    "http://100.100.100.200/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[ff02::1]/",
  ]) {
    const { host, port } = hostAndPort(url);
    assert.notEqual(everything.refusal(host, port, ["10.0.0.1"]), undefined, url);
  }
  assert.match(
    everything.refusal("vl", PORT, ["10.0.0.1", "169.254.169.254"]) ?? "",
    /vl \(169\.254\.169\.254\)/,
  );
  assert.equal(everything.refusal("vl", PORT, ["10.0.0.1"]), undefined);
});

test("without rules a local system may ask everything else, its own machine too; a shared one nothing", () => {
  for (const host of ["127.0.0.1", "::1", "10.1.2.3", "93.184.216.34"])
    assert.equal(local.refusal(host, PORT, []), undefined, host);
  assert.equal(local.refusal("localhost", PORT, ["127.0.0.1", "::1"]), undefined);
  for (const host of ["127.0.0.1", "10.1.2.3", "victorialogs"])
    assert.match(shared().refusal(host, PORT, []) ?? "", /not among the allowed|is the machine/, host);
});

test("rules name hosts, domains, ranges and ports", () => {
  const policy = shared("victorialogs:9428 *.logs.example 10.0.0.0/8:9000-9999 [fd00::/8]:9428, 192.0.2.7");
  const allowed: [string, number, string[]][] = [
    ["victorialogs", 9428, ["10.9.9.9"]],
    ["VictoriaLogs.", 9428, ["203.0.113.9"]],
    ["victorialogs", 9428, []],
    ["a.logs.example", 1, ["203.0.113.9"]],
    ["a.b.logs.example", 80, ["203.0.113.9"]],
    ["10.1.2.3", 9000, []],
    ["whatever", 9999, ["10.1.2.3", "10.4.5.6"]],
    ["fd00::1", 9428, []],
    ["192.0.2.7", 1234, []],
  ];
  for (const [host, port, addresses] of allowed)
    assert.equal(policy.refusal(host, port, addresses), undefined, `${host}:${port}`);
  const refused: typeof allowed = [
    ["victorialogs", 9429, ["10.9.9.9"].map(() => "203.0.113.9")],
    ["victorialogs.evil.example", 9428, ["203.0.113.9"]],
    ["logs.example", 80, ["203.0.113.9"]],
    ["evillogs.example", 80, ["203.0.113.9"]],
    ["10.1.2.3", 8999, []],
    ["whatever", 9999, ["10.1.2.3", "203.0.113.9"]],
    ["whatever", 9999, []],
    ["fd00::1", 9429, []],
    ["192.0.2.8", 1234, []],
    // An allowed name that leads to the machine itself is not the target that was meant.
    ["victorialogs", 9428, ["127.0.0.1"]],
    ["victorialogs", 9428, ["0.0.0.0"]],
  ];
  for (const [host, port, addresses] of refused)
    assert.notEqual(policy.refusal(host, port, addresses), undefined, `${host}:${port}`);
});

test("a shared system asks its own machine only where a rule names it; a star does not", () => {
  assert.notEqual(shared("*").refusal("127.0.0.1", PORT, []), undefined);
  assert.notEqual(shared("*").refusal("localhost", PORT, ["127.0.0.1"]), undefined);
  assert.equal(shared("*").refusal("93.184.216.34", PORT, []), undefined);
  assert.equal(shared("127.0.0.0/8").refusal("127.0.0.1", PORT, []), undefined);
  assert.equal(shared("localhost").refusal("localhost", PORT, ["127.0.0.1", "::1"]), undefined);
});

test("what is not a rule is an error that shows it", () => {
  for (const text of [
    "a b:",
    "x:0",
    "x:70000",
    "x:9-3",
    "10.0.0.0/33",
    "10.0.0.300",
    "http://vl:9428",
    "a_b/c",
    "-x",
    "*x",
    "[fd00::1",
  ])
    assert.throws(() => readRules(text, "LOGBURST_TARGETS"), LogburstError, text);
  assert.deepEqual(readRules(" , ", "LOGBURST_TARGETS"), []);
});

test("any address of version 4 is judged the same in each of its forms of version 6", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.constantFrom(169, 127, 10, 224, 100, 168, 192), octet, octet, octet, (a, b, c, d) => {
      const v4 = `${a}.${b}.${c}.${d}`;
      const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
      const expected = forbiddenAddress(v4);
      for (const form of [`::ffff:${v4}`, `::ffff:${hex}`, `64:ff9b::${hex}`, `2002:${hex}::`, `::${hex}`])
        assert.equal(forbiddenAddress(form), expected, form);
    }),
    { numRuns: 300 },
  );
});

test("no list of rules lets a name through that leads anywhere forbidden, among whatever else", () => {
  const anyRule = fc.constantFrom(
    "*",
    "vl",
    "*.example",
    "0.0.0.0/0",
    "::/0",
    "169.254.0.0/16",
    "vl:9428",
    "fe80::/10",
  );
  const anyBad = fc.constantFrom(
    "169.254.169.254",
    "fe80::1",
    "::ffff:169.254.1.1",
    "fd00:ec2::254",
    "ff02::1",
  );
  const anyGood = fc.constantFrom("10.0.0.1", "127.0.0.1", "93.184.216.34", "2001:db8::1");
  fc.assert(
    fc.property(
      fc.array(anyRule),
      fc.boolean(),
      fc.array(anyGood),
      anyBad,
      fc.array(anyGood),
      (rules, isLocal, before, bad, after) => {
        const refusal = policyFrom({ rules, local: isLocal }).refusal("vl", PORT, [...before, bad, ...after]);
        assert.notEqual(refusal, undefined);
      },
    ),
  );
});

test("hosts that only this machine can reach are told from those that listen everywhere", () => {
  for (const host of ["127.0.0.1", "localhost", "::1", "[::1]", "127.1.2.3"])
    assert.ok(isLoopbackHost(host), host);
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "nats", "localhost.example", ""])
    assert.ok(!isLoopbackHost(host), host);
});

type Answer = { error: Error | null; addresses: LookupAddress[] };

function ask(lookup: ReturnType<typeof checkedLookup>, host: string): Promise<Answer> {
  return new Promise((resolve) =>
    lookup(host, { all: true }, (error, addresses) =>
      resolve({ error, addresses: addresses as LookupAddress[] }),
    ),
  );
}

test("a name that leads elsewhere when it is connected to than when it was checked is refused", async () => {
  const answers = [["10.0.0.5"], ["169.254.169.254"], ["10.0.0.5", "203.0.113.9"], ["10.0.0.6"]];
  const system = ((_host: string, _options: object, done: (error: null, found: LookupAddress[]) => void) =>
    done(
      null,
      (answers.shift() ?? []).map((address) => ({ address, family: 4 })),
    )) as never;
  const lookup = checkedLookup([shared("10.0.0.0/8")], PORT, system);
  assert.deepEqual((await ask(lookup, "rebound.example")).addresses, [{ address: "10.0.0.5", family: 4 }]);
  assert.match(String((await ask(lookup, "rebound.example")).error), /169\.254\.169\.254/);
  assert.match(String((await ask(lookup, "rebound.example")).error), /203\.0\.113\.9/);
  assert.deepEqual((await ask(lookup, "rebound.example")).addresses, [{ address: "10.0.0.6", family: 4 }]);
  assert.match(String((await ask(lookup, "rebound.example")).error), /addresses are not known/);
});

test("a worker refuses a target that the run's rules or its own do not allow", () => {
  const allowed = { rules: ["10.0.0.0/8"], local: false };
  lookupFor("http://10.0.0.1:9428", allowed);
  lookupFor("http://10.0.0.1:9428", allowed, ["10.0.0.1"]);
  lookupFor("http://127.0.0.1:9428");
  assert.throws(() => lookupFor("http://11.0.0.1:9428", allowed), /11\.0\.0\.1/);
  assert.throws(() => lookupFor("http://10.0.0.1:9428", allowed, ["10.0.0.2"]), /10\.0\.0\.1/);
  assert.throws(() => lookupFor("http://169.254.169.254/"), /metadata/);
});
