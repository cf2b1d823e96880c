/** A connection to NATS as the modules of this folder share it; nothing outside sees it. */

import type { JetStreamClient, JetStreamManager, NatsConnection } from "nats";
import type { Names } from "../protocol/names.ts";

export interface Link {
  readonly names: Names;
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** For questions, which may be asked again: while servers elect they are never answered, and are given up soon. */
  readonly lookups: JetStreamManager;
  /** Below it stands whatever this connection is answered on. */
  readonly inboxPrefix: string;
  isConnected(): boolean;
}

/** Whether a connection is closed, or about to be: nothing can be asked or said over it any more. */
export function isLeaving(nc: NatsConnection): boolean {
  return nc.isClosed() || nc.isDraining();
}

/** Publishes, unless the connection is leaving: then nobody is to be told any more. */
export function say(nc: NatsConnection, subject: string, payload: string): void {
  if (!isLeaving(nc)) nc.publish(subject, payload);
}
