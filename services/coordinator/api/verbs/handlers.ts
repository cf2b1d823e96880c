/** What answers a verb is, and what it is made with. */

import type { Bucket, Bus, Objects } from "../../../../libs/bus/bus.ts";
import type { Cluster } from "../../../../libs/cluster/cluster.ts";
import type { ApiVerb } from "../../../../libs/protocol/names.ts";
import type { AnswerOf, LeadingVerb, RequestOf } from "../../../../libs/protocol/verbs/table.ts";
import type { Clock } from "../../../../libs/runtime/clock.ts";
import type { KillSwitch } from "../../../../libs/runtime/kill-switch.ts";
import type { HotSettings } from "../../../../libs/settings/settings.ts";
import type { NodeManager } from "../../nodes/node-manager.ts";
import type { Caller } from "../guard.ts";
import type { LogBook } from "../log-book.ts";

export type Handler<V extends ApiVerb> = (request: RequestOf<V>, caller: Caller) => Promise<AnswerOf<V>>;
export type Verbs = { readonly [V in ApiVerb]: Handler<V> };

/** The verbs that the leader alone can do. */
export type LeadingVerbs = Pick<Verbs, LeadingVerb>;

export interface VerbParts {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly library: Bucket;
  readonly reports: Objects;
  readonly nodes: NodeManager;
  /** The last lines of all services' logs. */
  readonly logs: LogBook;
  readonly clock: Clock;
  /** The cluster that it runs in, if it is to look into it. */
  readonly cluster?: Cluster | undefined;
  readonly killSwitch: Pick<KillSwitch, "look">;
  /** Those that are in force here. */
  readonly settings: Pick<HotSettings, "state">;
}
