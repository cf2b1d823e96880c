/** The connection to NATS: made, checked for what Logburst needs, watched, closed. */

import { connect, Events, type JetStreamManager, type NatsConnection } from "nats";
import { LogburstError, messageOf } from "../protocol/errors.ts";
import { namesFor } from "../protocol/names.ts";
import { leaseBucket, libraryBucket, reportObjects, runsBucket, settingsBucket } from "./buckets.ts";
import type { Bus } from "./bus.ts";
import { isHeard, publish, request, serve, subscribe } from "./core.ts";
import { follow } from "./follow.ts";
import type { Link } from "./link.ts";
import { append, lastSeqOf, purge, read } from "./log.ts";
import { type BusOptions, connectionOptions, shownUrl } from "./options.ts";
import { ensurePool, provision, untilProvisioned } from "./provision.ts";
import { pullSlices } from "./pull.ts";
import { startService } from "./service.ts";
import { deleteSlice, lastSliceSeq, purgeSlices, queuedSlices, sliceOn, sliceSubject } from "./slices.ts";
import { workThrough } from "./work.ts";

/** Older servers lose messages silently where Logburst relies on them: see ARCHITECTURE.md. */
const MINIMUM_VERSION = [2, 10] as const;
/** An answer takes milliseconds, unless its stream has no leader. */
const LOOKUP_TIMEOUT_MS = 2000;

/** Connects, and refuses a server that is too old or has no JetStream. */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const asked = connectionOptions(options);
  const { inboxPrefix = "" } = asked;
  const nc = await connect(asked).catch((cause: unknown) => {
    throw new LogburstError(
      "bus_unavailable",
      `NATS at ${shownUrl(options.url)} cannot be reached: ${messageOf(cause)}`,
      {
        remedies: [
          "start a nats-server 2.10 or later with JetStream (nats-server -js)",
          "or correct NATS_URL, and what it says of TLS and keys: NATS_CA, NATS_CERT, NATS_KEY, NATS_NKEY",
        ],
        cause,
      },
    );
  });
  try {
    const serverVersion = nc.info?.version ?? "0";
    requireVersion(serverVersion, options.url);
    const jsm = await nc.jetstreamManager({ checkAPI: false });
    await requireJetStream(jsm, options.url);
    const lookups = await nc.jetstreamManager({ checkAPI: false, timeout: LOOKUP_TIMEOUT_MS });
    return busOf(nc, { jsm, lookups, inboxPrefix }, serverVersion, options.prefix);
  } catch (error) {
    await nc.close();
    throw error;
  }
}

function busOf(
  nc: NatsConnection,
  own: Pick<Link, "jsm" | "lookups" | "inboxPrefix">,
  serverVersion: string,
  prefix: string,
): Bus {
  let connected = true;
  const listeners: ((status: string) => void)[] = [];
  void watchStatus(nc, (type, detail) => {
    if (type === Events.Disconnect) connected = false;
    if (type === Events.Reconnect) connected = true;
    for (const listen of listeners) listen(detail ? `${type}: ${detail}` : type);
  });
  async function close(): Promise<void> {
    // Draining waits for the server's word, which never comes over a link that is down.
    const canDrain = connected && !nc.isClosed();
    connected = false;
    if (canDrain) await nc.drain().catch(() => nc.close());
    else await nc.close();
  }
  const link: Link = {
    names: namesFor(prefix),
    nc,
    js: nc.jetstream(),
    ...own,
    isConnected: () => connected && !nc.isClosed(),
  };
  return {
    names: link.names,
    serverVersion,
    isConnected: link.isConnected,
    isClosed: () => nc.isClosed(),
    onStatus: (listen) => listeners.push(listen),
    close,
    [Symbol.asyncDispose]: close,
    ...verbsOf(link),
  };
}

/** What can be done over a link: each verb stands in the module that it is a matter of. */
function verbsOf(link: Link): Omit<Bus, keyof AsyncDisposable | LinkState> {
  return {
    publish: (...args) => publish(link, ...args),
    subscribe: (...args) => subscribe(link, ...args),
    serve: (...args) => serve(link, ...args),
    request: (...args) => request(link, ...args),
    isHeard: (...args) => isHeard(link, ...args),
    startService: (...args) => startService(link, ...args),
    append: (...args) => append(link, ...args),
    follow: (...args) => follow(link, ...args),
    read: (...args) => read(link, ...args),
    purge: (...args) => purge(link, ...args),
    lastSeq: (stream) => lastSeqOf(link, stream),
    workThrough: (...args) => workThrough(link, ...args),
    ensurePool: (...args) => ensurePool(link, ...args),
    pullSlices: (...args) => pullSlices(link, ...args),
    queuedSlices: (...args) => queuedSlices(link, ...args),
    lastSliceSeq: () => lastSliceSeq(link),
    sliceSubject: (...args) => sliceSubject(link, ...args),
    sliceOn: (...args) => sliceOn(link, ...args),
    deleteSlice: (...args) => deleteSlice(link, ...args),
    purgeSlices: (...args) => purgeSlices(link, ...args),
    runsBucket: () => runsBucket(link),
    libraryBucket: () => libraryBucket(link),
    leaseBucket: () => leaseBucket(link),
    settingsBucket: () => settingsBucket(link),
    reportObjects: () => reportObjects(link),
    provision: (...args) => provision(link, ...args),
    untilProvisioned: () => untilProvisioned(link),
  };
}

type LinkState = "names" | "serverVersion" | "isConnected" | "isClosed" | "onStatus" | "close";

async function watchStatus(nc: NatsConnection, tell: (type: string, detail: string) => void): Promise<void> {
  for await (const status of nc.status()) {
    if (
      status.type === Events.Disconnect ||
      status.type === Events.Reconnect ||
      status.type === Events.Error
    ) {
      tell(status.type, String(status.data ?? ""));
    }
  }
}

function requireVersion(version: string, url: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > MINIMUM_VERSION[0] || (major === MINIMUM_VERSION[0] && minor >= MINIMUM_VERSION[1])) return;
  throw new LogburstError(
    "bus_unsuitable",
    `NATS at ${shownUrl(url)} is version ${version}; 2.10 is the oldest that can be used`,
    {
      remedies: [
        "upgrade nats-server",
        "or unset NATS_URL: a local run then starts a private server of its own",
      ],
    },
  );
}

async function requireJetStream(jsm: JetStreamManager, url: string): Promise<void> {
  await jsm.getAccountInfo().catch((cause: unknown) => {
    throw new LogburstError("bus_unsuitable", `NATS at ${shownUrl(url)} has no JetStream`, {
      remedies: [
        "start it with -js, or add jetstream {} to its configuration",
        "or unset NATS_URL: a local run then starts a private server of its own",
      ],
      cause,
    });
  });
}
