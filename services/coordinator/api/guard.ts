/** Who asks for a verb, and whether they may: one question, asked before every verb, over HTTP and over NATS alike. */

import type { ApiVerb } from "../../../libs/protocol/names.ts";
import type { Role } from "../../../libs/protocol/roles.ts";

/** What is known of whoever asks before anybody has looked at it. */
export interface Asker {
  readonly via: "HTTP" | "NATS" | "Kubernetes";
  /** The header of that name, as it came. A standby hands it on to the leader. */
  readonly authorization: string | undefined;
  /** Where an HTTP request came from. */
  readonly address: string | undefined;
  /** The header X-Forwarded-For, or whatever else says that somebody stands in between. */
  readonly forwardedFor?: string | undefined;
  /** The host that an HTTP request was meant for. */
  readonly host?: string | undefined;
}

export interface Caller extends Asker {
  /** For the audit trail. */
  readonly name: string;
  readonly role: Role;
}

/** @throws LogburstError `unauthorized`, `forbidden` */
export type Guard = (verb: ApiVerb, asker: Asker) => Promise<Caller>;

/** Lets everybody do everything. */
export const admitAll: Guard = async (_verb, asker) => ({ ...asker, name: "somebody", role: "admin" });
