/** A run's target as its leader asks it: how its servers do, and what the run left there; under the run's rules, and with the target's auth. */

import type { CountedQuery, Engine, Session, Telemetry } from "../../../../libs/engines/engine.ts";
import { scopeOf } from "../../../../libs/engines/paired-session.ts";
import { compileTexts } from "../../../../libs/engines/texts.ts";
import type { EngineChoice } from "../../../../libs/protocol/config/engines.ts";
import type { BenchmarkConfig } from "../../../../libs/protocol/config/schema.ts";
import { SIDES, type Side } from "../../../../libs/protocol/config/sides.ts";
import { metricsOf, type Target } from "../../../../libs/protocol/config/target.ts";
import { messageOf } from "../../../../libs/protocol/errors.ts";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import type { Clock } from "../../../../libs/runtime/clock.ts";
import { configSecret, type TargetSecrets } from "../../../../libs/runtime/secrets.ts";
import { lookupFor } from "../../../../libs/targets/lookup.ts";

/** Opens the servers of a run's target, in the order of the config; none where the engine cannot ask any. */
export type OpenServers = (config: BenchmarkConfig, record: RunRecord) => Telemetry[];

export function createOpenServers(
  engineOf: (choice: EngineChoice) => Engine,
  clock: Clock,
  secrets: TargetSecrets,
): OpenServers {
  return ({ spec: { target, engine: chosen } }, { allowed }) => {
    const engine = engineOf(chosen);
    const { telemetry } = engine;
    if (!telemetry) return [];
    return metricsOf(target).urls.map((url) => {
      try {
        return telemetry({
          target: pageOf(target, url),
          engine: chosen,
          resolveSecret: (source) => configSecret(source, secrets, allowed?.local ?? false),
          now: clock.nowMs,
          lookup: lookupFor(url, allowed, undefined, target.host_aliases),
        });
      } catch (error) {
        return unasked(messageOf(error));
      }
    });
  };
}

/** A target that the leader looks at after the last query, and the queries that were asked of it. */
export interface LeftTarget {
  readonly session: Session;
  readonly queries: readonly CountedQuery[];
}

/** Opens the targets of a run whose engine leaves something there; none of any other. */
export type OpenLeft = (config: BenchmarkConfig, record: RunRecord) => LeftTarget[];

export function createOpenLeft(
  engineOf: (choice: EngineChoice) => Engine,
  clock: Clock,
  secrets: TargetSecrets,
): OpenLeft {
  return ({ spec }, { id, allowed }) => {
    const engine = engineOf(spec.engine);
    if (!engine.isStateful) return [];
    const asked = spec.queries.map((query, at) => ({ query: at, asked: query }));
    const open = (target: Target, side?: Side): LeftTarget => ({
      session: engine.open({
        target,
        engine: spec.engine,
        scope: scopeOf(id, side),
        resolveSecret: (source) => configSecret(source, secrets, allowed?.local ?? false),
        now: clock.nowMs,
        texts: compileTexts,
        lookup: lookupFor(target.url, allowed, undefined, target.host_aliases),
      }),
      queries: asked.filter(({ asked: { pair } }) => pair?.side === side),
    });
    const { targets } = spec;
    return targets ? SIDES.map((side) => open(targets[side], side)) : [open(spec.target)];
  };
}

/** A page as a target of its own. The name in the target's certificate is not that of other hosts. */
function pageOf(target: Target, url: string): Target {
  const isSameHost = new URL(url).hostname === new URL(target.url).hostname;
  if (!target.tls || isSameHost) return { ...target, url };
  const { server_name: _targets, ...tls } = target.tls;
  return { ...target, url, tls };
}

/** A server that cannot be asked. */
function unasked(failure: string): Telemetry {
  return { ask: async () => ({ failure, isFinal: true }), close: async () => undefined };
}
