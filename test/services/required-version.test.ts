/** A run that names a version of its target begins on that one alone. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { pairedSession } from "../../libs/engines/paired-session.ts";
import { engineOf, listEngines } from "../../libs/engines/registry.ts";
import { ENGINES } from "../../libs/protocol/config/engines.ts";
import { Target } from "../../libs/protocol/config/target.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { requireVersion } from "../../services/worker/slices/required-version.ts";

const targetOf = (version: string) => ({ probe: async () => ({ version }) });
const wanted = { name: "etcd", version: "3.4" };

test("the version that is wanted may be that of the target, or its beginning, and no other", async () => {
  await requireVersion({ name: "etcd" }, {});
  await requireVersion(wanted, targetOf("3.4"));
  await requireVersion(wanted, targetOf("3.4.23"));
  await assert.rejects(
    requireVersion(wanted, targetOf("3.41.0")),
    /the target is etcd 3\.41\.0, and the run is meant for 3\.4$/,
  );
  await assert.rejects(requireVersion(wanted, targetOf("")), /etcd of an unknown version/);
});

test("an engine that cannot ask for the version is refused, and not believed", async () => {
  await assert.rejects(
    requireVersion({ name: "memcached", version: "1.6" }, {}),
    /the engine memcached cannot ask its target for its version/,
  );
});

test("both targets of a comparison must be of the version", async () => {
  const open = (version: string) => targetOf(version) as unknown as Parameters<typeof pairedSession>[0]["a"];
  await requireVersion(wanted, pairedSession({ a: open("3.4.1"), b: open("3.4.2") }));
  await assert.rejects(
    requireVersion(wanted, pairedSession({ a: open("3.4.1"), b: open("2.3") })),
    /the target is etcd 2\.3, and/,
  );
  const silent = {} as ReturnType<typeof open>;
  await assert.rejects(requireVersion(wanted, pairedSession({ a: silent, b: silent })), /cannot ask/);
});

test("an engine can ask for the version unless its config may name none, and says where nobody answered", async () => {
  for (const { name } of listEngines()) {
    const target = Target.parse({ url: "http://127.0.0.1:1" });
    const session = engineOf({ name, options: {} }).open({
      ...{ target, resolveSecret: () => "", now: systemClock.nowMs },
    });
    assert.equal(session.probe === undefined, ENGINES[name]?.isVersionless === true, name);
    if (session.probe)
      await assert.rejects(
        session.probe(),
        /does not say which version it is at .*: connect ECONNREFUSED/,
        name,
      );
    await session.close();
  }
});
