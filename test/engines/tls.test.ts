/** TLS by both lanes: a server that is trusted is asked like any other, one that is not is never asked. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { LANES } from "../support/driving.ts";
import { type KeepingServer, startKeepingServer } from "../support/keeping-server.ts";

const run = promisify(execFile);
const ASKER = fileURLToPath(new URL("../support/tls-asker.js", import.meta.url));
const BODY = '{"a":1}\n'.repeat(20_000);
const COUNT = 5;

/** A certificate that vouches for itself under the name of localhost, and its key; made for this test, good until 2126. */
const certificate = join(PACKAGE_ROOT, "test", "support", "tls", "cert.pem");
const key = join(PACKAGE_ROOT, "test", "support", "tls", "key.pem");
let server: KeepingServer;

before(async () => {
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
  const tls = { key: readFileSync(key), cert: readFileSync(certificate) };
  server = await startKeepingServer(() => answer, tls);
});
after(() => server[Symbol.asyncDispose]());

/** @param trusted the certificate that the asking process trusts on top of those that it always does */
async function askBy(lane: string, url: URL, trusted: string, times = COUNT): Promise<object[]> {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: trusted };
  const { stdout } = await run(process.execPath, [ASKER, url.href, lane, String(times)], { env });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
}

for (const lane of LANES) {
  test(`${lane}: a trusted server answers query after query on one connection`, async () => {
    const before = server.connections();
    const outcomes = await askBy(lane, server.url, certificate);
    const whole = { outcome: "ok", detail: "", bytes: BODY.length, rows: 20_000 };
    assert.deepEqual(outcomes, new Array(COUNT).fill(whole));
    assert.equal(server.connections() - before, 1);
  });

  test(`${lane}: a server whose certificate nobody vouches for is not asked`, async () => {
    const before = server.asked.length;
    const outcomes = await askBy(lane, server.url, "");
    const refused = { outcome: "tls", detail: "DEPTH_ZERO_SELF_SIGNED_CERT", bytes: 0, rows: 0 };
    assert.deepEqual(outcomes, new Array(COUNT).fill(refused));
    assert.equal(server.asked.length, before);
  });

  test(`${lane}: nor is one whose certificate is for another name`, async () => {
    const other = new URL(server.url);
    other.hostname = "127.0.0.1";
    const before = server.asked.length;
    // Asked again, undici resumes the session that it refused, and waits until it gives up.
    const times = lane === "undici" ? 1 : COUNT;
    const outcomes = await askBy(lane, other, certificate, times);
    const refused = { outcome: "tls", detail: "ERR_TLS_CERT_ALTNAME_INVALID", bytes: 0, rows: 0 };
    assert.deepEqual(outcomes, new Array(times).fill(refused));
    assert.equal(server.asked.length, before);
  });
}
