/**
 * Two loops that do nothing but ask: what undici's `Client.dispatch` and a bare socket cost by themselves on this machine.
 * What a generator costs is told as a multiple of them. Neither checks anything, and no answer may be cut in two heads.
 */

import { connect } from "node:net";
import { Client } from "undici";

export interface Loop {
  readonly url: string;
  readonly connections: number;
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

/** As many undici clients as connections, each of which asks again from within its own handler. */
export function runDispatchLoop({ url, connections, path, contentType, body }: Loop): void {
  const request = {
    method: "POST",
    path,
    headers: ["content-type", contentType],
    body: Buffer.from(body),
  } as const;
  for (let index = 0; index < connections; index++) {
    const client = new Client(url, { pipelining: 1 });
    let bytes = 0;
    const handler = {
      onConnect: () => undefined,
      onHeaders: () => true,
      onData(chunk: Buffer) {
        bytes += chunk.length;
        return true;
      },
      onComplete: () => void client.dispatch(request as never, handler as never),
      onError(error: Error) {
        throw new Error(`after ${bytes} bytes`, { cause: error });
      },
    };
    handler.onComplete();
  }
}

const HEAD_END = "\r\n\r\n";
const BUFFER_BYTES = 64 * 1024;

/** Bare sockets that read into one buffer; the first answer's length is taken for that of all. */
export function runSocketLoop({ url, connections, path, contentType, body }: Loop): void {
  const { hostname, port, host } = new URL(url);
  const request = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: ${contentType}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let answerBytes = 0;

  function lengthOf(bytes: Buffer): number {
    const head = bytes.toString("latin1", 0, bytes.indexOf(HEAD_END));
    return head.length + HEAD_END.length + Number(/content-length: (\d+)/i.exec(head)?.[1]);
  }

  for (let index = 0; index < connections; index++) {
    let missing = 0;
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer,
        callback(length: number) {
          if (answerBytes === 0) answerBytes = lengthOf(buffer.subarray(0, length));
          if (missing === 0) missing = answerBytes;
          missing -= length;
          if (missing === 0) socket.write(request, "latin1");
          return true;
        },
      },
    });
    socket.on("error", (error) => {
      throw error;
    });
    socket.on("connect", () => socket.write(request, "latin1"));
  }
}
