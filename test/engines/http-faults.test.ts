/** Answers that a good server never gives: each ends in its class, and the next query on the session is not harmed. */

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { Query } from "../../libs/protocol/config/queries.ts";
import type { OutcomeClass } from "../../libs/protocol/ledger.ts";
import { freePort } from "../../services/cli/local/free-port.ts";
import { LANES } from "../support/driving.ts";
import { openTarget } from "../support/engine.ts";
import { startMisbehavingServer } from "../support/misbehaving-server.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const send = (text: string) => (socket: Socket) => {
  socket.write(text);
};
const sendAndClose = (text: string) => (socket: Socket) => {
  socket.end(text);
};
const sendAndReset = (text: string) => (socket: Socket) => {
  socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 20));
};

const cases: readonly [
  name: string,
  answer: (socket: Socket) => void,
  outcome: OutcomeClass,
  detail: RegExp,
  query?: object,
][] = [
  ["a whole answer", send(`${OK}content-length: 8\r\n\r\n{"a":1}\n`), "ok", /^$/],
  ["an empty answer", send(`${OK}content-length: 0\r\n\r\n`), "ok", /^$/],
  [
    "a good status and then a broken chunk",
    send(`${OK}transfer-encoding: chunked\r\n\r\n8\r\n{"a":1}\n\r\nnonsense`),
    "protocol",
    /^200, then (BAD_CHUNK|HTTPParserError|HPE_)/,
  ],
  [
    "a good status and then a closed connection",
    sendAndClose(`${OK}content-length: 100\r\n\r\n{"a":1}\n`),
    "protocol",
    /^200, then /,
  ],
  [
    "a good status and then a reset",
    sendAndReset(`${OK}content-length: 100\r\n\r\n{"a"`),
    "protocol",
    /^200, then /,
  ],
  [
    "a connection that is closed without an answer",
    (socket) => socket.end(),
    "protocol",
    /^(CLOSED|UND_ERR_SOCKET)$/,
  ],
  [
    "something that is not HTTP",
    send("SSH-2.0-OpenSSH\r\n\r\n"),
    "protocol",
    /^(BAD_STATUS_LINE|HTTPParserError|HPE_)/,
  ],
  [
    "JSON that is cut off",
    send(`${OK}content-length: 10\r\n\r\n{"hits":[{`),
    "parse",
    /JSON/,
    { api: "hits" },
  ],
  [
    "a page where JSON was promised",
    send(`${OK}content-length: 15\r\n\r\n<html>no</html>`),
    "parse",
    /JSON/,
    { api: "hits" },
  ],
  [
    "a redirect",
    send("HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n"),
    "protocol",
    /^status 302$/,
  ],
  [
    "too many requests",
    send("HTTP/1.1 429 Too Many Requests\r\ncontent-length: 4\r\n\r\nslow"),
    "http_4xx",
    /^429$/,
  ],
  ["a bad gateway", send("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\n\r\ndown"), "http_5xx", /^502$/],
  [
    "an error without a body",
    send("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"),
    "http_4xx",
    /^401$/,
  ],
  ["no answer at all", () => undefined, "timeout", /^client timeout$/, { client_timeout: "200ms" }],
  ["a head that never ends", send(`${OK}x-a: b`), "timeout", /^client timeout$/, { client_timeout: "200ms" }],
  [
    "an answer that trickles for ever",
    send(`${OK}transfer-encoding: chunked\r\n\r\n8\r\n{"a":1}\n\r\n`),
    "timeout",
    /^client timeout$/,
    { client_timeout: "200ms" },
  ],
];

for (const lane of LANES) {
  for (const [name, answer, outcome, detail, query = {}] of cases) {
    test(`${lane}: ${name} is ${outcome}`, async () => {
      let isFirst = true;
      await using server = await startMisbehavingServer((socket) => {
        if (isFirst) answer(socket);
        else socket.end(`${OK}connection: close\r\ncontent-length: 2\r\n\r\n{}`);
        isFirst = false;
      });
      await using opened = openTarget(server.url, {}, lane);
      const ended = await opened.ask(query);
      assert.equal(ended.outcome, outcome, ended.message);
      assert.match(ended.detail, detail);
      assert.equal((await opened.ask({ api: "hits" })).outcome, "ok", "the next query");
    });
  }

  test(`${lane}: a server that is not there is a connect error, and so is a name that nobody knows`, async () => {
    await using refused = openTarget("http://127.0.0.1:1", {}, lane);
    const nobody = await refused.ask({});
    assert.deepEqual([nobody.outcome, nobody.detail], ["connect", "ECONNREFUSED"]);
  });

  test(`${lane}: a plain server behind an https address is a TLS error`, async () => {
    await using server = await startMisbehavingServer((socket) => socket.end("not TLS\r\n\r\n"));
    await using opened = openTarget(server.url.replace("http:", "https:"), { client_timeout: 5 }, lane);
    const outcome = await opened.ask({ client_timeout: "3s" });
    assert.ok(["tls", "connect", "timeout"].includes(outcome.outcome));
  });

  test(`${lane}: an error's body is kept short, however long it is`, async () => {
    const body = "e".repeat(2_000_000);
    await using server = await startMisbehavingServer(
      send(`HTTP/1.1 500 Oops\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
    );
    await using opened = openTarget(server.url, {}, lane);
    const outcome = await opened.ask({});
    assert.equal(outcome.outcome, "http_5xx");
    assert.ok(outcome.message.length <= 400);
    assert.equal(outcome.bytes, body.length);
  });

  test(`${lane}: whoever hears that a server cannot be reached may ask again at once, and hears it again`, async () => {
    await using target = openTarget(`http://127.0.0.1:${await freePort()}`, {}, lane);
    const context = { seed: 1, lanes: 1, t0Ms: 0 };
    const query = Query.parse({ name: "query", template: "*" });
    const prepared = target.session
      .compile(query, {})
      .prepare(context, { lane: 0, index: 0, occurrence: 0, atMs: 0 });
    const outcomes: OutcomeClass[] = [];
    await new Promise<void>((resolve) => {
      const ask = () =>
        target.session.run(prepared, ({ outcome }) => {
          outcomes.push(outcome);
          if (outcomes.length < 20) ask();
          else resolve();
        });
      ask();
    });
    assert.deepEqual(outcomes, new Array(20).fill("connect"));
  });
}
