/** The bus of one simulated process: the same interface that stands before NATS, over a simulated link. */

import type { Bus, ServiceHandlers, Subscription } from "../../libs/bus/bus.ts";
import { LogburstError, messageOf } from "../../libs/protocol/errors.ts";
import type { ApiVerb } from "../../libs/protocol/names.ts";
import type { Subscriber } from "./broker.ts";
import { slicesOver } from "./bus-slices.ts";
import { storesOver } from "./bus-stores.ts";
import { streamsOver } from "./bus-streams.ts";
import type { Lane } from "./link.ts";
import { encode, pause, type Wire } from "./wire.ts";

/** The broker's word when nobody listens. */
const NOBODY = "503";
const API_TIMEOUT_MS = 5000;
const PROVISION_POLL_MS = 250;

type Messages = Pick<Bus, "publish" | "subscribe" | "serve" | "request" | "isHeard" | "startService">;

/** Several answers may come to a request; the first one counts. */
export function createBus(wire: Wire): Bus {
  const { broker, link, process } = wire;
  const { names } = broker;

  const isProvisioned = () => broker.consumer(broker.streams.slices, names.consumers.workers("default"));
  async function close(): Promise<void> {
    wire.close();
  }

  return {
    names,
    serverVersion: "2.10.27",
    isConnected: () => link.isUp() && !wire.isClosed(),
    isClosed: wire.isClosed,
    onStatus(listen) {
      link.onUp(() => listen("reconnect"));
      link.onDown(() => listen("disconnect"));
    },
    async provision() {
      for (;;) {
        try {
          await wire.ask(() => provision(wire), API_TIMEOUT_MS);
          return;
        } catch {
          await pause(process, PROVISION_POLL_MS);
        }
      }
    },
    async untilProvisioned() {
      while (!(await wire.ask(isProvisioned, API_TIMEOUT_MS).catch(() => undefined)))
        await pause(process, PROVISION_POLL_MS);
    },
    close,
    [Symbol.asyncDispose]: close,
    ...messagesOver(wire),
    ...streamsOver(wire),
    ...slicesOver(wire),
    ...storesOver(wire),
  };
}

function provision({ broker }: Wire): void {
  const { names, streams } = broker;
  broker.consumer(streams.requests, names.consumers.coordinator, ">");
  broker.consumer(streams.dead, names.consumers.coordinator, ">");
  broker.consumer(streams.slices, names.consumers.workers("default"), names.subjects.slicesOfPool("default"));
}

function messagesOver(wire: Wire): Messages {
  const { broker, link, process } = wire;

  function listen(filter: string, hear: Subscriber["hear"]): Subscription {
    const lane: Lane = { lastMs: 0 };
    const subscriber: Subscriber = {
      link,
      filter,
      hear: (data, subject, respond) => link.toProcess(lane, () => open && hear(data, subject, respond)),
    };
    let open = true;
    const subscribe = () => wire.tell(() => open && broker.subscribers.add(subscriber), true);
    subscribe();
    link.onUp(() => open && subscribe());
    return {
      close() {
        open = false;
        wire.tell(() => broker.subscribers.delete(subscriber), true);
      },
    };
  }

  /** Sends an answer back to whoever asked. */
  const respondWith = (respond: ((data: Uint8Array) => void) | undefined, body: unknown) => {
    if (respond) wire.tell(() => respond(encode(body)));
  };

  async function request(subject: string, payload: string, timeoutMs: number): Promise<Uint8Array> {
    const answers: Lane = { lastMs: 0 };
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(
          new LogburstError("no_leader", `nobody answers on ${subject}: ${messageOf(cause)}`, { cause }),
        );
      const cancel = process.clock.after(timeoutMs, () => fail(new Error("TIMEOUT")));
      wire.tell(() => {
        const heard = broker.publish(subject, new TextEncoder().encode(payload), process, (data) =>
          link.toProcess(answers, () => {
            cancel();
            resolve(data);
          }),
        );
        if (heard === 0) link.toProcess(answers, () => fail(new Error(NOBODY)));
      });
    });
  }

  /** Nobody there is said at once; no answer in time says nothing. */
  async function isHeard(subject: string, timeoutMs: number): Promise<boolean | undefined> {
    return request(subject, "", timeoutMs).then(
      () => true,
      (error: LogburstError) => (messageOf(error.cause) === NOBODY ? false : undefined),
    );
  }

  return {
    isHeard,
    publish(subject, message) {
      const data = encode(message);
      wire.tell(() => broker.publish(subject, data, process));
    },
    subscribe: (subject, hear) => listen(subject, (data, heard) => hear(data, heard)),
    serve: (subject, answer) =>
      listen(subject, (data, _subject, respond) => respondWith(respond, answer(data))),
    request,
    async startService(_version: string, handlers: ServiceHandlers) {
      const endpoints = Object.entries(handlers).map(([verb, handle]) =>
        listen(broker.names.subjects.api(verb as ApiVerb), (data, _subject, respond) => {
          void handle(data, () => undefined)
            .catch((error: unknown) => ({ body: { ok: false, code: "internal", message: messageOf(error) } }))
            .then(({ body }) => respondWith(respond, body));
        }),
      );
      return {
        async stop() {
          for (const endpoint of endpoints) endpoint.close();
        },
      };
    },
  };
}
