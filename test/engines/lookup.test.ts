/** Both lanes connect to what the given lookup says, and to nothing that it refuses. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import type { HttpLane } from "../../libs/engines/engine.ts";
import { checkedLookup, lookupFor } from "../../libs/targets/lookup.ts";
import { policyFrom } from "../../libs/targets/policy.ts";
import { openTarget } from "../support/engine.ts";

let asked = 0;
let hostAsked: string | undefined;
const server = createServer((request, response) => {
  asked++;
  hostAsked = request.headers.host;
  response.end("{}\n");
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const port = (server.address() as { port: number }).port;
after(() => {
  server.closeAllConnections();
  server.close();
});

/** Every name leads to the server; rules decide whether one may go there. */
function lookupUnder(...rules: string[]) {
  const policy = policyFrom({ rules, local: false });
  const system = ((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
    done(null, [{ address: "127.0.0.1", family: 4 }])) as never;
  return checkedLookup([policy], port, system);
}

for (const http of ["socket", "undici"] satisfies HttpLane[]) {
  test(`${http}: a name is connected to where its lookup says, and not at all where that is refused`, async () => {
    asked = 0;
    const url = `http://somewhere.example:${port}`;
    await using allowed = openTarget(url, {}, http, lookupUnder("127.0.0.0/8"));
    assert.equal((await allowed.ask({})).outcome, "ok");
    assert.equal(asked, 1);
    await using refused = openTarget(url, {}, http, lookupUnder("*"));
    const { outcome, detail, message } = await refused.ask({});
    assert.deepEqual([outcome, detail], ["connect", "TARGET_REFUSED"]);
    assert.match(message, /somewhere\.example \(127\.0\.0\.1\)/);
    assert.match((await refused.session.warm(2)) ?? "", /connect: somewhere\.example/);
    assert.equal(asked, 1);
  });

  test(`${http}: a name that its config gives an address leads there under its own name, if that address is allowed`, async () => {
    const url = `http://logs.within:${port}`;
    const aliases = [{ ip: "127.0.0.1", hostnames: ["Logs.Within", "other.within"] }];
    const under = (rule: string) => lookupFor(url, { rules: [rule], local: false }, undefined, aliases);
    await using target = openTarget(url, {}, http, under("127.0.0.0/8"));
    assert.equal((await target.ask({})).outcome, "ok");
    assert.equal(hostAsked, `logs.within:${port}`);
    // To allow the name is not to allow whatever a config says of it.
    for (const rule of ["logs.within", "*"])
      assert.throws(() => under(rule), { code: "target_refused" }, rule);
  });
}
