/** How a query ended: from the status or the error to the class that the report shows. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Classified, classifyError, classifyStatus } from "../../libs/engines/http/classify.ts";
import { LEDGER_STATES, OUTCOME_CLASSES, stateOf } from "../../libs/protocol/ledger.ts";

const STATUSES: readonly (readonly [status: number, expected: Classified])[] = [
  [500, { outcome: "http_5xx", detail: "500" }],
  [503, { outcome: "http_5xx", detail: "503" }],
  [400, { outcome: "http_4xx", detail: "400" }],
  [429, { outcome: "http_4xx", detail: "429" }],
  [301, { outcome: "protocol", detail: "status 301" }],
  [204, { outcome: "protocol", detail: "status 204" }],
];

for (const [status, expected] of STATUSES) {
  test(`an answer with status ${status} counts as ${expected.outcome}`, () =>
    assert.deepEqual(classifyStatus(status), expected));
}

const coded = (code: string, cause?: unknown) => Object.assign(new Error("broken"), { code, cause });

const ERRORS: readonly (readonly [
  name: string,
  error: Error,
  when: { sent: boolean; status: number },
  expected: Classified,
])[] = [
  [
    "nobody listens",
    coded("ECONNREFUSED"),
    { sent: false, status: 0 },
    { outcome: "connect", detail: "ECONNREFUSED" },
  ],
  [
    "the name is not known",
    coded("ENOTFOUND"),
    { sent: false, status: 0 },
    { outcome: "connect", detail: "ENOTFOUND" },
  ],
  [
    "the connection is not made in time",
    coded("UND_ERR_CONNECT_TIMEOUT"),
    { sent: false, status: 0 },
    { outcome: "connect", detail: "UND_ERR_CONNECT_TIMEOUT" },
  ],
  [
    "this machine has no ports left",
    coded("EADDRNOTAVAIL"),
    { sent: true, status: 0 },
    { outcome: "connect", detail: "EADDRNOTAVAIL" },
  ],
  [
    "anything at all goes wrong before the request is handed over",
    new Error("what"),
    { sent: false, status: 0 },
    { outcome: "connect", detail: "Error" },
  ],
  [
    "the certificate signs itself",
    coded("DEPTH_ZERO_SELF_SIGNED_CERT"),
    { sent: false, status: 0 },
    { outcome: "tls", detail: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  ],
  [
    "the certificate is of another host",
    coded("ERR_TLS_CERT_ALTNAME_INVALID"),
    { sent: false, status: 0 },
    { outcome: "tls", detail: "ERR_TLS_CERT_ALTNAME_INVALID" },
  ],
  [
    "the certificate has expired",
    coded("CERT_HAS_EXPIRED"),
    { sent: false, status: 0 },
    { outcome: "tls", detail: "CERT_HAS_EXPIRED" },
  ],
  [
    "the server speaks no TLS",
    coded("EPROTO"),
    { sent: false, status: 0 },
    { outcome: "tls", detail: "EPROTO" },
  ],
  [
    "the server hangs up before it answers",
    coded("UND_ERR_SOCKET"),
    { sent: true, status: 0 },
    { outcome: "protocol", detail: "UND_ERR_SOCKET" },
  ],
  [
    "the connection is reset, which stands in the cause",
    coded("UND_ERR_SOCKET", coded("ECONNRESET")),
    { sent: true, status: 0 },
    { outcome: "protocol", detail: "ECONNRESET" },
  ],
  [
    "a good answer breaks off",
    coded("ECONNRESET"),
    { sent: true, status: 200 },
    { outcome: "protocol", detail: "200, then ECONNRESET" },
  ],
  [
    "the answer is not HTTP",
    coded("HPE_INVALID_CONSTANT"),
    { sent: true, status: 0 },
    { outcome: "protocol", detail: "HPE_INVALID_CONSTANT" },
  ],
];

for (const [name, error, { sent, status }, expected] of ERRORS) {
  test(`it counts as ${expected.outcome} when ${name}`, () =>
    assert.deepEqual(classifyError(error, sent, status), expected));
}

test("a cause of another kind of error does not hide its own code", () => {
  const error = coded("HPE_INVALID_CONSTANT", coded("ECONNRESET"));
  assert.equal(classifyError(error, true, 0).detail, "HPE_INVALID_CONSTANT");
});

test("every outcome ends in one state of the books, and only a timeout counts as timed out", () => {
  for (const outcome of OUTCOME_CLASSES) assert.ok(LEDGER_STATES.includes(stateOf(outcome)));
  assert.equal(stateOf("ok"), "ok");
  assert.equal(stateOf("timeout"), "timed_out");
  assert.equal(stateOf("aborted"), "cancelled");
  const failures = OUTCOME_CLASSES.filter((outcome) => stateOf(outcome) === "failed");
  assert.deepEqual(failures, ["connect", "tls", "http_4xx", "http_5xx", "protocol", "parse", "expect"]);
});
