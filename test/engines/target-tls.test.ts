/** TLS as a config asks for it, by both lanes: whom to trust, what to show, under which name; and why there is no connection, in plain words. */

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { TLSSocket, TlsOptions } from "node:tls";
import type { HttpLane, Outcome } from "../../libs/engines/engine.ts";
import { openTls } from "../../libs/engines/http/client-tls.ts";
import { engineOf } from "../../libs/engines/registry.ts";
import { victoriaLogs } from "../../libs/engines/victorialogs/engine.ts";
import type { SecretSource } from "../../libs/protocol/config/scalars.ts";
import { Target, type TargetTls } from "../../libs/protocol/config/target.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { configSecret } from "../../libs/runtime/secrets.ts";
import { createOpenServers } from "../../services/coordinator/run/servers/open-servers.ts";
import { type CertificateFiles, makeCa, makeCertificate, pemOf } from "../support/certificates.ts";
import { config } from "../support/configs.ts";
import { LANES } from "../support/driving.ts";
import { openEngine } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startKeepingServer } from "../support/keeping-server.ts";

const temporary = temporaryFolder();
after(() => temporary[Symbol.dispose]());
/** Where workers may read files for targets. */
const folder = join(temporary.path, "target");
mkdirSync(folder);

const ca = makeCa(folder, "ca");
const foreignCa = makeCa(folder, "foreign-ca");
const serverFiles = makeCertificate(folder, "server", ca);
const elsewhere = makeCertificate(folder, "elsewhere", ca, { names: "DNS:logs.within" });
const expired = makeCertificate(folder, "expired", ca, { days: -1 });
const client = makeCertificate(folder, "client", ca);
const renewed = makeCertificate(folder, "renewed", ca);
const foreign = makeCertificate(folder, "foreign", foreignCa);

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{"a":1}\n';

/** Of each request: what was spoken, under which name it was asked, and who asked. */
type Spoken = [protocol: string | null, name: string, client: string | undefined];

async function listen(shown: CertificateFiles, more: TlsOptions = {}) {
  const spoken: Spoken[] = [];
  const server = await startKeepingServer(
    (_request, socket) => {
      const tls = socket as TLSSocket & { servername: string };
      spoken.push([
        tls.getProtocol(),
        tls.servername,
        tls.getPeerCertificate().subject?.CN as string | undefined,
      ]);
      return ANSWER;
    },
    { ...pemOf(shown), ...more },
  );
  return { ...server, url: server.url.href, spoken };
}

/** A server that asks whoever connects for a certificate of the CA. */
const demanding: TlsOptions = { requestCert: true, rejectUnauthorized: true, ca: pemOf(ca).cert };

/** As a worker that others can reach resolves secrets. */
const resolveSecret = (source: SecretSource) => configSecret(source, { sealKey: undefined, folder }, false);
const optionsOf = (tls: TargetTls) => ({
  ...{ target: Target.parse({ url: "https://localhost", tls }), resolveSecret, now: () => 0 },
});

function open(url: string, lane: HttpLane, tls: TargetTls) {
  return openEngine(victoriaLogs, url, { http: lane, more: { tls }, resolveSecret });
}

async function ask(url: string, lane: HttpLane, tls: TargetTls): Promise<Outcome> {
  await using target = open(url, lane, tls);
  return await target.ask({});
}

const trusting = { ca_file: ca.cert };
const showing = ({ cert, key }: CertificateFiles) => ({ ...trusting, cert_file: cert, key_file: key });

for (const lane of LANES) {
  test(`${lane}: a target is trusted by the CA that the config names, and asked over TLS 1.3`, async () => {
    await using target = await listen(serverFiles);
    assert.equal((await ask(target.url, lane, trusting)).outcome, "ok");
    assert.deepEqual(target.spoken, [["TLSv1.3", "localhost", undefined]]);
  });

  test(`${lane}: one that has no more than TLS 1.2 is asked too, one that has less is told apart`, async () => {
    await using old = await listen(serverFiles, { maxVersion: "TLSv1.2" });
    assert.equal((await ask(old.url, lane, trusting)).outcome, "ok");
    await using ancient = await listen(serverFiles, {
      ...{ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
    });
    const { outcome, message } = await ask(ancient.url, lane, trusting);
    assert.deepEqual(
      [outcome, message],
      ["tls", "the target speaks neither TLS 1.2 nor 1.3: turn one of them on there"],
    );
  });

  const refused: readonly (readonly [
    name: string,
    shown: CertificateFiles,
    tls: TargetTls,
    detail: RegExp,
    message: RegExp,
  ])[] = [
    ["whose CA the config does not name", serverFiles, {}, /^UNABLE_TO/, /ca_file/],
    [
      "whose CA is another one than the config names",
      serverFiles,
      { ca_file: foreignCa.cert },
      /^UNABLE_TO/,
      /ca_file/,
    ],
    ["whose certificate has expired", expired, trusting, /^CERT_HAS_EXPIRED$/, /expired: have it renewed/],
    ["whose certificate is for another name", elsewhere, trusting, /ALTNAME_INVALID$/, /server_name/],
    [
      "that has another name than is looked for",
      serverFiles,
      { ...trusting, server_name: "logs.within" },
      /ALTNAME_INVALID$/,
      /server_name/,
    ],
  ];
  for (const [name, shown, tls, detail, message] of refused)
    test(`${lane}: a target ${name} is not asked, and the message says what to do`, async () => {
      await using target = await listen(shown);
      const told = await ask(target.url, lane, tls);
      assert.equal(told.outcome, "tls");
      assert.match(told.detail, detail);
      assert.match(told.message, message);
      assert.deepEqual(target.asked, []);
    });

  test(`${lane}: a target is asked under the name that the config gives it`, async () => {
    await using target = await listen(elsewhere);
    const byAddress = target.url.replace("localhost", "127.0.0.1");
    for (const url of [target.url, byAddress])
      assert.equal((await ask(url, lane, { ...trusting, server_name: "logs.within" })).outcome, "ok");
    assert.deepEqual(
      target.spoken.map(([, name]) => name),
      ["logs.within", "logs.within"],
    );
  });

  for (const version of ["TLSv1.2", "TLSv1.3"] as const)
    test(`${lane}: over ${version} a client certificate is shown, missed, and not taken where it is a foreign one`, async () => {
      await using target = await listen(serverFiles, { ...demanding, maxVersion: version });
      const taken = await ask(target.url, lane, showing(client));
      assert.equal(taken.outcome, "ok", taken.message);
      assert.deepEqual(target.spoken.splice(0), [[version, "localhost", "client"]]);

      const missed = await ask(target.url, lane, trusting);
      // In TLS 1.3 the alert comes behind the handshake, with the connection's end; undici hears of the end alone.
      const isHeard = lane === "socket" || version === "TLSv1.2";
      assert.equal(missed.outcome, isHeard ? "tls" : "protocol", JSON.stringify(missed));
      if (isHeard)
        assert.match(missed.message, /asks for a client certificate.*name one in target\.tls\.cert_file/);
      assert.match(missed.message, /client certificate.*target\.tls\.cert_file/);

      // Node ends a connection whose certificate it does not take without a word; the etcd of another test has one.
      const untaken = await ask(target.url, lane, showing(foreign));
      assert.match(untaken.outcome, /^(tls|protocol|connect)$/);
      assert.match(untaken.message, /target\.tls\.cert_file/, `${untaken.outcome} ${untaken.detail}`);
      assert.deepEqual(target.spoken, []);
    });

  test(`${lane}: what is renewed is shown from the next connection on`, async () => {
    const shown = { cert: join(folder, `${lane}.crt`), key: join(folder, `${lane}.key`) };
    const put = ({ cert, key }: CertificateFiles) => {
      copyFileSync(cert, shown.cert);
      copyFileSync(key, shown.key);
    };
    put(client);
    await using server = await listen(serverFiles, demanding);
    await using target = open(server.url, lane, showing(shown));
    assert.equal((await target.ask({})).outcome, "ok");
    put(renewed);
    await eventually("the renewed certificate", async () => {
      server.endAll();
      await target.ask({});
      return server.spoken.at(-1)?.[2] === "renewed";
    });
  });
}

test("a server's page on another host is looked for under its own name", async () => {
  await using page = await listen(serverFiles);
  const of = config();
  const metrics = { enabled: true, urls: [page.url], interval: 1000 };
  const tls = { ...trusting, server_name: "logs.within" };
  const spec = { ...of.spec, target: { ...of.spec.target, url: "https://logs.within", tls, metrics } };
  const record = { allowed: { rules: ["*"], local: true } } as RunRecord;
  const open = createOpenServers(engineOf, systemClock, { sealKey: undefined, folder });
  const [server] = open({ ...of, spec }, record);
  assert.deepEqual(await server?.ask(), {
    failure: "the page has no metrics of VictoriaLogs",
    isFinal: true,
  });
  await server?.close();
  assert.equal(page.asked.length, 1);
});

test("files are looked at once a second, and half a renewal is none", () => {
  const shown = { cert: join(folder, "half.crt"), key: join(folder, "half.key") };
  copyFileSync(client.cert, shown.cert);
  copyFileSync(client.key, shown.key);
  let nowMs = 0;
  const tls = openTls({ ...optionsOf(showing(shown)), now: () => nowMs });
  const first = tls?.context();
  copyFileSync(renewed.cert, shown.cert);
  nowMs = 1500;
  assert.equal(tls?.context(), first, "a certificate with another key");
  copyFileSync(renewed.key, shown.key);
  assert.equal(tls?.context(), first, "looked at a moment ago");
  nowMs = 2500;
  const second = tls?.context();
  assert.notEqual(second, first);
  rmSync(shown.key);
  nowMs = 4000;
  assert.equal(tls?.context(), second, "the key is away");
});

test("files that cannot be used, or are none of the target's, are named, and nothing of them is shown", () => {
  const outside = join(temporary.path, "worker.key");
  copyFileSync(client.key, outside);
  const garbage = join(folder, "garbage");
  writeFileSync(garbage, "garbage-in-a-file");
  const cases: readonly (readonly [tls: TargetTls, message: RegExp])[] = [
    [{ ca_file: garbage }, /the target's ca_file cannot be used/],
    [{ ca_file: client.key }, /the target's ca_file cannot be used/],
    [{ ca_file: join(folder, "none") }, /none cannot be read/],
    [
      { cert_file: client.cert, key_file: foreign.key },
      /cert_file with its key_file cannot be used: .*mismatch/,
    ],
    [{ cert_file: client.key, key_file: client.key }, /cert_file with its key_file cannot be used/],
    [{ cert_file: client.cert, key_file: garbage }, /cert_file with its key_file cannot be used/],
    [{ cert_file: client.cert, key_file: outside }, /worker\.key is not below/],
    [{ cert_file: client.cert, key_file: join(folder, "..", "worker.key") }, /worker\.key is not below/],
  ];
  const [, secret = ""] = pemOf(client).key.split("\n");
  assert.ok(secret.length > 20);
  for (const [tls, message] of cases)
    assert.throws(
      () => openTls(optionsOf(tls)),
      (error: Error & { code: string }) => {
        assert.equal(error.code, "secret_unavailable");
        assert.match(error.message, message);
        for (const text of [secret, "garbage-in"]) assert.ok(!error.message.includes(text));
        return true;
      },
    );
});
