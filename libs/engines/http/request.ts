/** A request of an HTTP engine, and its head as text. */

import type { HttpMethod } from "../../protocol/config/engines.ts";
import type { Expect } from "../../protocol/config/expect.ts";
import type { PreparedQuery } from "../engine.ts";
import type { BodyScan } from "./body.ts";

export interface HttpRequest extends PreparedQuery {
  readonly method: HttpMethod;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
  readonly scan: () => BodyScan;
  /** When the client gives up, in milliseconds after the send. */
  readonly timeoutMs: number;
  /** For an answer that has no end: when the client has seen enough, in milliseconds after the send. */
  readonly enoughAfterMs?: number | undefined;
  /** It changes something at the target, and is not sent a second time whatever happens. */
  readonly isUnsafe?: boolean | undefined;
  /** What a right answer is, where the query says so. */
  readonly expect?: Expect | undefined;
  /** Tells bad statuses apart by what the body says. */
  readonly explain?: ((status: number, body: string) => string | undefined) | undefined;
}

/** A head, for requests whose bodies are as long as the last one's. */
interface Head {
  readonly method: string;
  readonly path: string;
  /** All but the length of the body. */
  readonly text: string;
  length: number;
  textWithLength: string;
}

/** Headers that tell how the message is framed or the connection used are this client's own. */
const OWN_HEADERS = ["content-length", "transfer-encoding", "keep-alive", "upgrade", "expect", "connection"];
const BAD_NAME = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]|^$/;
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const BAD_PATH = /[^\u0021-\u00ff]/;

/** Writes requests for a host. A query's requests share their array of headers, so each head is written once. */
export function createRequestWriter(host: string): (request: HttpRequest) => string | Buffer {
  const known = new WeakMap<readonly string[], Head>();

  return ({ method, path, headers, body }) => {
    let head = known.get(headers);
    if (head?.path !== path || head.method !== method) {
      head = { method, path, text: headText(host, method, path, headers), length: -1, textWithLength: "" };
      known.set(headers, head);
    }
    const length = Buffer.byteLength(body);
    if (length !== head.length) {
      head.length = length;
      head.textWithLength = `${head.text}content-length: ${length}\r\n\r\n`;
    }
    const text = head.textWithLength;
    // A body of ASCII alone is sent as it is; any other has more bytes than characters.
    return length === body.length
      ? text + body
      : Buffer.concat([Buffer.from(text, "latin1"), Buffer.from(body)]);
  };
}

/** @throws when something cannot stand in a head */
function headText(host: string, method: string, path: string, headers: readonly string[]): string {
  if (BAD_PATH.test(path)) throw new InvalidRequest("the path");
  let lines = "";
  let ownHost = host;
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] as string;
    const value = headers[at + 1] ?? "";
    const lower = name.toLowerCase();
    if (BAD_NAME.test(name) || BAD_VALUE.test(value) || OWN_HEADERS.includes(lower))
      throw new InvalidRequest(`the header ${name}`);
    if (lower === "host") ownHost = value;
    else lines += `${name}: ${value}\r\n`;
  }
  return `${method} ${path} HTTP/1.1\r\nhost: ${ownHost}\r\nconnection: keep-alive\r\n${lines}`;
}

/** A request that must not be written. */
class InvalidRequest extends Error {
  readonly code = "INVALID_REQUEST";
  constructor(what: string) {
    super(`${what} cannot be sent as it is`);
  }
}
