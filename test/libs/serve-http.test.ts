/** A service's HTTP over TLS: version 1.3 alone, and a certificate that is renewed while it runs. */

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { connect as plainConnect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { type ConnectionOptions, connect } from "node:tls";
import { Hono } from "hono";
import { systemClock } from "../../libs/runtime/clock.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { serveHttp } from "../../libs/settings/serve-http.ts";
import { secureIn } from "../../services/cli/local/secured.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";

const log = createLog("test", "test", "silent");

/** The fingerprint of the certificate that a server shows. */
function shownBy(url: string, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...options, host: "127.0.0.1", port: Number(new URL(url).port) }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test("a service speaks TLS 1.3 and nothing older, and shows a new certificate without a restart", async () => {
  using first = temporaryFolder();
  using second = temporaryFolder();
  const [old, renewed] = await Promise.all([secureIn(first.path), secureIn(second.path)]);
  const app = new Hono();
  app.get("/livez", (context) => context.text("ok"));
  const environment = {
    ...readEnvironment({}),
    LOGBURST_HTTP_PORT: 0,
    LOGBURST_HTTP_CERT: old.certFile,
    LOGBURST_HTTP_KEY: old.keyFile,
  };
  const served = await serveHttp(app, environment, 0, { clock: systemClock, log });
  try {
    assert.match(served.url, /^https:/);
    const before = await shownBy(served.url, { ca: readFileSync(old.caFile) });
    await assert.rejects(
      () => shownBy(served.url, { ca: readFileSync(renewed.caFile) }),
      /signature|verif|self/i,
    );
    await assert.rejects(
      () => shownBy(served.url, { ca: readFileSync(old.caFile), maxVersion: "TLSv1.2" }),
      /version|alert|protocol/i,
    );
    assert.doesNotMatch(await answerInTheOpen(served.url), /HTTP\/1\.1 200/);

    // Half of a renewal is none: the certificate does not go with the key that is there.
    copyFileSync(renewed.certFile, old.certFile);
    copyFileSync(renewed.keyFile, old.keyFile);
    const after = await eventually("the new certificate", () =>
      shownBy(served.url, { ca: readFileSync(renewed.caFile) }).catch(() => undefined),
    );
    assert.notEqual(after, before);
    writeFileSync(join(first.path, "tls.crt"), "no certificate");
    assert.equal(await shownBy(served.url, { ca: readFileSync(renewed.caFile) }), after);
  } finally {
    await served.close();
  }
});

function answerInTheOpen(url: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = plainConnect(Number(new URL(url).port), "127.0.0.1", () =>
      socket.write("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n"),
    );
    let text = "";
    socket.on("data", (data) => {
      text += data.toString("latin1");
    });
    socket.once("close", () => resolve(text));
    socket.once("error", () => resolve(text));
  });
}
