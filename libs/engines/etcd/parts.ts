/** What the parts of the etcd engine are made with. */

import type { Target } from "../../protocol/config/target.ts";
import type { Now } from "../engine.ts";
import type { HttpDriver } from "../http/driver.ts";
import type { Keys } from "./gateway.ts";

/** What a config says of keys and values. */
export interface EtcdOptions {
  readonly valueBytes: number;
  /** Keys that are there before the run begins: 0 to one less. */
  readonly keys: number;
}

/** A question of the engine's own to the gateway; rejects where it is not answered well. */
export interface Call {
  headers(): readonly string[];
  ask(path: string, body: object): Promise<Record<string, unknown>>;
}

/** What operations are made with. */
export interface EtcdParts {
  readonly driver: HttpDriver;
  readonly keys: Keys;
  /** The gateway's path. */
  readonly gateway: string;
  readonly call: Call;
  readonly now: Now;
  readonly target: Target;
  readonly settings: EtcdOptions;
}
