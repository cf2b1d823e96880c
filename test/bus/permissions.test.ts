/** Who may do what on a real nats-server that is configured from the table: every role has its own work, and nobody another's. */

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, type NatsConnection } from "nats";
import { newSeed, publicKeyOf } from "../../libs/bus/keys.ts";
import { connectionOptions } from "../../libs/bus/options.ts";
import type { BusRole } from "../../libs/bus/permissions.ts";
import { busOptionsOf, readEnvironment } from "../../libs/runtime/config.ts";
import { type Secured, secureIn } from "../../services/cli/local/secured.ts";
import { temporaryFolder } from "../support/folders.ts";
import { type NatsServer, startNats } from "../support/servers.ts";

const folder = temporaryFolder();
let secured: Secured;
let nats: NatsServer;
let url: string;

before(async () => {
  secured = await secureIn(folder.path);
  nats = await startNats(["-js", "-c", secured.natsConfig]);
  url = `tls://127.0.0.1:${nats.port}`;
});
after(async () => {
  await nats[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** How a role would connect, with some of its variables changed. */
function optionsOf(role: BusRole, change: object = {}) {
  const environment = { ...readEnvironment(), ...secured.environmentOf(role), ...change };
  const options = connectionOptions(busOptionsOf(environment, role, role, url));
  return { ...options, waitOnFirstConnect: false, reconnect: false };
}

/** What the server says against a message, or a subscription, of a connection. */
async function refusalsOf(connection: NatsConnection, doIt: () => void): Promise<string[]> {
  const heard: string[] = [];
  void (async () => {
    for await (const { type, permissionContext } of connection.status())
      if (type === "error" && permissionContext)
        heard.push(`${permissionContext.operation} ${permissionContext.subject}`);
  })();
  doIt();
  // Refusals come in order, so whatever was refused is heard of before the answer.
  await connection.flush();
  await connection.flush();
  await connection.close();
  return heard;
}

interface Line {
  readonly role: BusRole;
  readonly publish?: readonly string[];
  readonly subscribe?: readonly string[];
}

const RUN = "run-1";
const DENIED: readonly Line[] = [
  {
    role: "worker",
    publish: [
      `lb.slice.default.${RUN}.0.1`,
      `lb.event.${RUN}.completed`,
      `lb.control.${RUN}`,
      "lb.kill",
      "lb.api.run.create",
      "lb.request.run",
      "$KV.lb_lease.leader",
      `$KV.lb_runs.run.${RUN}`,
      "$KV.lb_settings.kill",
      "$JS.API.STREAM.MSG.GET.KV_lb_lease",
      "$JS.API.STREAM.CREATE.OTHER",
      "$JS.API.STREAM.DELETE.LB_SLICES",
      "$JS.API.STREAM.PURGE.LB_SLICES",
      "$JS.API.CONSUMER.DELETE.LB_SLICES.workers-default",
      "$JS.API.CONSUMER.CREATE.LB_RESULTS.spy",
      "$O.lb_reports.M.x",
    ],
    subscribe: ["_INBOX.>", "_INBOX_lb_coordinator.>", "lb.result.>", "lb.api.>", ">"],
  },
  {
    role: "aggregator",
    publish: [
      `lb.result.${RUN}.0`,
      `lb.slice.default.${RUN}.0.1`,
      `lb.event.${RUN}.started`,
      `lb.control.${RUN}`,
      `$KV.lb_runs.run.${RUN}`,
      "$KV.lb_lease.leader",
      "$JS.API.CONSUMER.MSG.NEXT.LB_SLICES.workers-default",
      "$JS.API.STREAM.DELETE.OBJ_lb_reports",
    ],
    subscribe: ["_INBOX.>", "lb.api.>", "$KV.lb_runs.>"],
  },
  {
    role: "coordinator",
    publish: [
      "$JS.API.STREAM.DELETE.LB_RESULTS",
      "$JS.API.STREAM.CREATE.OTHER",
      "$JS.API.CONSUMER.MSG.NEXT.LB_SLICES.workers-default",
      "lb.heartbeat.worker-1",
      `lb.live.${RUN}`,
    ],
    subscribe: ["_INBOX.>", "lb.result.>", ">"],
  },
  {
    role: "client",
    publish: [
      `lb.slice.default.${RUN}.0.1`,
      `lb.result.${RUN}.0`,
      `lb.event.${RUN}.completed`,
      `lb.control.${RUN}`,
      `$KV.lb_runs.run.${RUN}`,
      "$KV.lb_settings.services",
      "$KV.lb_lease.leader",
      "$JS.API.STREAM.PURGE.LB_SLICES",
      "$JS.API.CONSUMER.MSG.NEXT.LB_SLICES.workers-default",
    ],
    subscribe: ["_INBOX_lb_coordinator.>", "_INBOX_lb_worker.>", "lb.request.>"],
  },
];

for (const { role, publish = [], subscribe = [] } of DENIED) {
  test(`${role}s may not do what is not theirs to do`, async () => {
    const connection = await connect(optionsOf(role));
    const refusals = await refusalsOf(connection, () => {
      for (const subject of publish) connection.publish(subject);
      for (const subject of subscribe) connection.subscribe(subject, { callback: () => undefined });
    });
    const expected = [
      ...publish.map((subject) => `publish ${subject}`),
      ...subscribe.map((subject) => `subscription ${subject}`),
    ];
    assert.deepEqual(refusals.sort(), expected.sort());
  });
}

test("what a role needs it may do", async () => {
  const connection = await connect(optionsOf("worker"));
  const refusals = await refusalsOf(connection, () => {
    for (const subject of [`lb.result.${RUN}.0`, "lb.heartbeat.w", "lb.log.w", "$JS.API.INFO"])
      connection.publish(subject);
    connection.subscribe("lb.control.*", { callback: () => undefined });
  });
  assert.deepEqual(refusals, []);
});

test("a key is read again for each connection, and outlives the moment in which its file is replaced", () => {
  const file = join(folder.path, "renewed.nk");
  const [first, second] = [newSeed(), newSeed()];
  writeFileSync(file, `${first}\n`);
  const { authenticator } = optionsOf("worker", { NATS_NKEY: file });
  assert.ok(typeof authenticator === "function");
  const shown = () => (authenticator("nonce") as { nkey: string }).nkey;
  assert.equal(shown(), publicKeyOf(first));
  rmSync(file);
  assert.equal(shown(), publicKeyOf(first));
  writeFileSync(file, second);
  assert.equal(shown(), publicKeyOf(second));
  assert.throws(() => optionsOf("worker", { NATS_NKEY: join(folder.path, "none") }), /NATS cannot be read/);
});

test("whoever is not known, shows no certificate, or speaks in the open does not get in", async () => {
  const stranger = temporaryFolder();
  const foreign = await secureIn(stranger.path);
  const foreignKey = foreign.environmentOf("worker").NATS_NKEY;
  const attempts: readonly [string, object, RegExp][] = [
    ["a foreign key", { NATS_NKEY: foreignKey }, /authorization/i],
    ["no key", { NATS_NKEY: undefined }, /authorization/i],
    ["no certificate", { NATS_CERT: undefined, NATS_KEY: undefined }, /certificate|disconnect|reset|closed/i],
    [
      "a foreign certificate",
      { NATS_CERT: foreign.certFile, NATS_KEY: foreign.keyFile },
      /certificate|unknown ca|disconnect|reset|closed/i,
    ],
    ["a server that nobody vouches for", { NATS_CA: foreign.caFile }, /certificate|self.signed|verif/i],
  ];
  for (const [what, change, words] of attempts)
    await assert.rejects(() => connect(optionsOf("worker", change)), words, what);
  const plain = { ...optionsOf("worker"), tls: null };
  await assert.rejects(() => connect(plain), "in the open");
  stranger[Symbol.dispose]();
});

test("a server that has no TLS, or none that is new enough, is not spoken to", async () => {
  await using open = await startNats();
  const options = busOptionsOf({ ...readEnvironment(), ...secured.environmentOf("worker") }, "worker", "w");
  const toOpen = {
    ...connectionOptions({ ...options, url: `tls://127.0.0.1:${open.port}` }),
    waitOnFirstConnect: false,
  };
  await assert.rejects(() => connect({ ...toOpen, reconnect: false }), /tls/i);
  // The other way round: what the server wants is 1.3, and 1.2 is all that this client has.
  const old = { ...optionsOf("worker").tls, minVersion: "TLSv1.2", maxVersion: "TLSv1.2" };
  await assert.rejects(
    () => connect({ ...optionsOf("worker"), tls: old }),
    /version|protocol|alert|disconnect/i,
  );
});
