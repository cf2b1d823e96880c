/** Connections to one server, plain or over TLS as its address says. */

import { isIP, type LookupFunction, connect as netConnect, type OnReadOpts, type Socket } from "node:net";
import { type SecureContext, connect as tlsConnect } from "node:tls";
import type { ClientTls } from "./client-tls.ts";

/** What the connections to one server have in common. */
export interface Peer {
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
  readonly lookup: LookupFunction | undefined;
  readonly tls: ClientTls | undefined;
  /** Of the last TLS handshake: the next one is shorter with it, as long as it has the same certificates. */
  session: Buffer | undefined;
  context: SecureContext | undefined;
}

export function peerOf(url: URL, lookup?: LookupFunction, tls?: ClientTls): Peer {
  const isTls = url.protocol === "https:";
  return {
    isTls,
    // An address of version 6 stands in brackets in a URL alone.
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || (isTls ? 443 : 80)),
    lookup,
    tls,
    session: undefined,
    context: undefined,
  };
}

/** Begins a connection; it can be written to at once. */
export function dial(peer: Peer, onread?: OnReadOpts): Socket {
  const { host, port, lookup, tls } = peer;
  const common = { host, port, lookup, ...(onread && { onread }) };
  if (!peer.isTls) return netConnect(common);
  const context = renewContext(peer);
  const socket = tlsConnect({
    ...common,
    servername: tls?.serverName ?? (isIP(host) === 0 ? host : ""),
    ALPNProtocols: ["http/1.1"],
    session: peer.session,
    ...(context && { secureContext: context }),
  });
  socket.on("session", (fresh: Buffer) => {
    // Only of a server that was found to be who it says: a resumed session is not looked at again.
    if (socket.authorized && !socket.destroyed && peer.context === context) peer.session = fresh;
  });
  return socket;
}

/** The certificates for the next connection. A session goes with those that it was made with. */
function renewContext(peer: Peer): SecureContext | undefined {
  const context = peer.tls?.context();
  if (context !== peer.context) peer.session = undefined;
  peer.context = context;
  return context;
}
