/** How a connection to NATS is made: where to, in which role, and over what. */

import { readFileSync } from "node:fs";
import { type ConnectionOptions, credsAuthenticator, nkeyAuthenticator } from "nats";
import { LogburstError, messageOf } from "../protocol/errors.ts";
import { DEFAULT_PREFIX } from "../protocol/names.ts";
import { type BusRole, inboxOf } from "./permissions.ts";

export interface BusOptions {
  /** `nats://host:4222`, or `tls://` for TLS; several separated by commas; user and password may stand in it. */
  readonly url: string;
  readonly prefix: string;
  /** Names the connection on the server. */
  readonly name: string;
  /** As whom: decides which inbox answers come to. A client where it is not given. */
  readonly role?: BusRole | undefined;
  readonly credsFile?: string | undefined;
  /** A file with the seed of an nkey. */
  readonly nkeyFile?: string | undefined;
  /** Who vouches for the servers, as a file; those that Node knows where it is not given. */
  readonly caFile?: string | undefined;
  /** The certificate, and its key, that this side shows to servers which ask for one. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Services wait for a server that is not there yet; a command does not. */
  readonly waitForServer: boolean;
}

/** What the client is told. Files are read again for each connection, so that what is renewed holds from the next one on. */
export function connectionOptions(options: BusOptions): ConnectionOptions {
  const { url, name, role = "client", prefix = DEFAULT_PREFIX, waitForServer } = options;
  const servers = url.split(",").map((server) => server.trim());
  const first = URL.canParse(servers[0] ?? "") ? new URL(servers[0] as string) : undefined;
  const tls = tlsOf(options, first?.protocol === "tls:");
  return {
    servers: servers.map((server) => server.replace(/^[a-z]+:\/\//, "").replace(/^[^@]*@/, "")),
    name,
    inboxPrefix: inboxOf(role, prefix),
    ...loginOf(options, first),
    ...(tls && { tls }),
    timeout: 5000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    reconnectJitterTLS: 250,
    // A service whose key is not known yet, or no longer, tries on: keys are renewed one side after the other.
    ignoreAuthErrorAbort: true,
    waitOnFirstConnect: waitForServer,
    // A half-open link is noticed within 20 s; services notice it sooner by missing heartbeats.
    pingInterval: 10_000,
    maxPingOut: 2,
    // A stack trace for each request, kept for the case that it fails, is a fifth of what an append costs.
    noAsyncTraces: true,
  };
}

/** As whom: by key, by credentials, or as the address says. */
function loginOf({ nkeyFile, credsFile }: BusOptions, address: URL | undefined): ConnectionOptions {
  if (nkeyFile !== undefined) return { authenticator: nkeyAuthenticator(rereading(nkeyFile)) };
  if (credsFile !== undefined) return { authenticator: credsAuthenticator(rereading(credsFile)) };
  const user = address?.username ? decodeURIComponent(address.username) : undefined;
  const pass = address?.password ? decodeURIComponent(address.password) : undefined;
  if (user === undefined) return {};
  return pass === undefined ? { token: user } : { user, pass };
}

/** Gives a key as its file says now; while the file is away, as when it is being replaced, as it said last. */
function rereading(file: string): () => Uint8Array {
  let last = keyBytes(file);
  return () => {
    try {
      last = keyBytes(file);
    } catch {
      // The next connection tries again.
    }
    return last;
  };
}

/** A file of one line ends in a newline, which is no part of a seed. */
function keyBytes(file: string): Uint8Array {
  try {
    return new TextEncoder().encode(readFileSync(file, "utf8").trim());
  } catch (cause) {
    throw new LogburstError("secret_unavailable", `the key for NATS cannot be read: ${messageOf(cause)}`, {
      remedies: ["correct NATS_NKEY or NATS_CREDS, or mount the file where this process runs"],
      cause,
    });
  }
}

/** TLS from version 1.3 on, where the address or a file asks for it: then a server that has none is refused. */
function tlsOf({ caFile, certFile, keyFile }: BusOptions, isAsked: boolean): ConnectionOptions["tls"] {
  if (!isAsked && caFile === undefined && certFile === undefined) return undefined;
  const files = {
    ...(caFile !== undefined && { caFile }),
    ...(certFile !== undefined && { certFile }),
    ...(keyFile !== undefined && { keyFile }),
  };
  // The client hands on to Node's TLS what its own types do not know.
  return { ...files, minVersion: "TLSv1.3" } as NonNullable<ConnectionOptions["tls"]>;
}

/** An address without the user and password that may stand in it. */
export function shownUrl(url: string): string {
  return url.replace(/\/\/[^@/]*@/g, "//");
}
