/** What some orders ask for besides a load: thresholds, some of which end the run, and repeats. */

import type { Draw, Sized } from "./scenario.ts";

/** Shares of the orders that have thresholds, and that are series. */
const WITH_THRESHOLDS = 0.15;
const REPEATED = 0.04;
/** The shortest runs, since there are several of them. */
const REPEATED_S = 1;
const REPEATED_QUERIES = 20;

export function withExtras(draw: Draw, order: Sized, isClean: boolean): Sized {
  const { config } = order;
  const thresholds = draw.chance(WITH_THRESHOLDS) ? thresholdsOf(draw, order.model, isClean) : undefined;
  const repeat = draw.chance(REPEATED) ? draw.int(2, 3) : undefined;
  if (!thresholds && repeat === undefined) return order;
  const spec = { ...config.spec, ...(thresholds && { thresholds }) };
  if (repeat === undefined) return { ...order, config: { ...config, spec } };
  const series = { ...spec, repeat, workload: shortened((spec as { workload?: object }).workload ?? {}) };
  return { ...order, repeat, config: { ...config, spec: series } };
}

/** Where nothing goes wrong, none of them ends a run. */
function thresholdsOf(draw: Draw, model: Sized["model"], isClean: boolean): object[] {
  if (isClean) return [{ metric: "error_rate < 50%", abort_on_fail: true }, { metric: "p(50) < 1ms" }];
  return Array.from({ length: draw.int(1, 2) }, () => ({
    metric: draw.oneOf("p(50) < 20ms", "p(90) < 150ms", "avg < 60ms", "error_rate < 2%", "error_rate < 20%"),
    ...(draw.chance(0.8) && { abort_on_fail: true, grace: draw.oneOf(0, 0, 1) }),
    ...(model !== "count" && draw.chance(0.6) && { window: 1 }),
  }));
}

function shortened(workload: object): object {
  const { ramp_up_time: _ramp, ...rest } = workload as { ramp_up_time?: number };
  if ("total_queries" in rest) return { ...rest, total_queries: REPEATED_QUERIES };
  return { ...rest, duration: REPEATED_S };
}
