/** Why a connection over TLS did not come about, in plain words with what to do: the library's own have places of its memory in them. */

import type { OutcomeClass } from "../../protocol/ledger.ts";
import { codeOf, GONE_CODES } from "./classify.ts";

const UNTRUSTED =
  "nobody who is trusted vouches for the target's certificate: name its CA in target.tls.ca_file";
const UNTAKEN =
  "the target does not take the client certificate that it is shown: name another one in target.tls.cert_file";

/** What is wrong with the target's certificate, by Node's codes. */
const CODES: Readonly<Record<string, string>> = {
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_HAS_EXPIRED: "the target's certificate, or one above it, has expired: have it renewed",
  CERT_NOT_YET_VALID: "the target's certificate is not valid yet: look at the clocks of both sides",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the target's certificate is for another name: ask it under that name, or write it as target.tls.server_name",
};

/** What the target has said before it hung up, by the numbers of RFC 8446, section 6. */
const ALERTS: Readonly<Record<number, string>> = {
  40: "the target refuses the handshake: where it asks for a client certificate, name one in target.tls.cert_file",
  42: UNTAKEN,
  43: UNTAKEN,
  44: "the target says that the client certificate was revoked: name another one in target.tls.cert_file",
  45: "the target says that the client certificate has expired: renew target.tls.cert_file",
  46: UNTAKEN,
  48: `the target does not know the CA of the client certificate: name one of its own in target.tls.cert_file`,
  49: UNTAKEN,
  70: "the target speaks neither TLS 1.2 nor 1.3: turn one of them on there",
  112: "the target has no certificate for that name: write one that it has as target.tls.server_name",
  116: "the target asks for a client certificate: name one in target.tls.cert_file, with target.tls.key_file",
};

/** @returns what is to be told; undefined where the error's own words are as good */
function tlsWords(code: string, { message }: Error): string | undefined {
  const alert = /SSL alert number (\d+)/.exec(message)?.[1];
  if (alert !== undefined)
    return ALERTS[Number(alert)] ?? `the target ended the handshake with alert ${alert}`;
  if (/WRONG_VERSION_NUMBER$/.test(code) || message.includes("wrong version number"))
    return "the target speaks no TLS on that port: write http:// in its url, or its other port";
  return CODES[code];
}

/** Where a new connection ends without a word. In TLS 1.3 a server judges a client's certificate when the request is on its way. */
const ENDED_AT_HANDSHAKE =
  "in the handshake or right behind it: so some servers end it that miss a client certificate, or do not take it (target.tls.cert_file)";

/**
 * What is to be told of an exchange that broke.
 * @param isFresh whether it was over TLS, and the first of its connection, and nothing had been heard
 */
export function wordsOf(error: Error, outcome: OutcomeClass, isFresh: boolean): string {
  const code = codeOf(error);
  if (outcome === "tls") return tlsWords(code, error) ?? error.message;
  return isFresh && GONE_CODES.has(code) ? `${error.message}, ${ENDED_AT_HANDSHAKE}` : error.message;
}
