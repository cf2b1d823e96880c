/**
 * The floor: bare sockets, a timer of a millisecond and a list of times. Nothing is drawn, checked or tallied, and no
 * answer may come in two pieces.
 */

import { connect, type Socket } from "node:net";
import type { Clock } from "../../libs/runtime/clock.ts";
import { BODY, CONTENT_TYPE, PATH } from "../worker/queries.ts";

const CONNECTIONS = 64;
const TICK_MS = 1;

/** Sends at an even rate for so long. @param ended times in milliseconds since the start @returns when it starts */
export function runTickLoop(
  clock: Clock,
  load: { readonly url: string; readonly rate: number; readonly seconds: number },
  ended: (intendedMs: number, sentMs: number, doneMs: number) => void,
): number {
  const { hostname, port, host } = new URL(load.url);
  const request = `POST ${PATH} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: ${CONTENT_TYPE}\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
  const startMs = clock.nowMs() + 1000;
  const total = load.rate * load.seconds;
  const free: ((intendedMs: number) => void)[] = [];
  let next = 0;

  for (let index = 0; index < CONNECTIONS; index++) {
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let intendedMs = 0;
    let sentMs = 0;
    const ask = (dueMs: number) => {
      intendedMs = dueMs;
      sentMs = clock.nowMs() - startMs;
      socket.write(request, "latin1");
    };
    socket.on("connect", () => free.push(ask));
    socket.on("data", () => {
      ended(intendedMs, sentMs, clock.nowMs() - startMs);
      free.push(ask);
      drain();
    });
  }

  function drain(): void {
    const nowMs = clock.nowMs() - startMs;
    for (; next < total; next++) {
      const dueMs = (next * 1000) / load.rate;
      if (dueMs > nowMs) return;
      const ask = free.pop();
      if (!ask) return;
      ask(dueMs);
    }
  }

  function tick(): void {
    drain();
    if (next < total) clock.after(TICK_MS, tick);
  }
  tick();
  return startMs;
}
