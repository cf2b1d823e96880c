/** From what was gathered to a config: queries with weights, and a load that comes as it came. */

import { QUERY_LIMITS } from "../../../libs/protocol/config/queries.ts";
import { API_VERSION, type ConfigDocument } from "../../../libs/protocol/config/schema.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import type { Asked, Course, Gathered } from "./gathered.ts";

export interface WorkloadWishes {
  readonly name: string;
  readonly targetUrl: string;
  /** A constant rate in place of the course that was seen. */
  readonly rate?: number;
  /** With a rate: how long. */
  readonly duration?: string;
  /** So many times as fast as it was seen. */
  readonly speed: number;
  /** The most frequent queries are kept. */
  readonly maxQueries: number;
}

export interface MadeConfig {
  readonly document: ConfigDocument;
  /** Requests that the kept queries stand for. */
  readonly kept: number;
}

type Workload = ConfigDocument["spec"]["workload"];

/** Two thirds of what a config may have, for what YAML adds. */
const MAX_QUERIES_BYTES = 340_000;
/** Steps of the rate: each takes two of the hundred stages. */
const MAX_STEPS = 50;
const SHORTEST_STEP_S = 10;
const DEFAULT_DURATION = "5m";

/** @throws LogburstError `bad_request` where there is nothing to ask, or no rate to ask it at */
export function configOf(gathered: Gathered, wishes: WorkloadWishes): MadeConfig {
  const asked = withinLimits(gathered.asked(), wishes.maxQueries);
  if (asked.length === 0) {
    throw new LogburstError("bad_request", "no line tells of a request that can be asked again", {
      remedies: ["give a log of slow queries, an access log with queries in addresses, or lines of JSON"],
    });
  }
  const isBraced = asked.some(({ question }) => JSON.stringify(question).includes("{{"));
  const spec: ConfigDocument["spec"] = {
    target: { url: wishes.targetUrl },
    workload: workloadOf(gathered.course(), wishes),
    ...(isBraced && { variables: { [BRACES]: { list: ["{{"] } } }),
    queries: queriesOf(asked),
  };
  return {
    document: { apiVersion: API_VERSION, kind: "BenchmarkConfig", metadata: { name: wishes.name }, spec },
    kept: asked.reduce((sum, { times }) => sum + times, 0),
  };
}

/** The most frequent ones, as many as a config can have. */
function withinLimits(asked: readonly Asked[], most: number): Asked[] {
  const kept: Asked[] = [];
  let bytes = 0;
  for (const one of asked.slice(0, Math.min(most, QUERY_LIMITS.queries))) {
    bytes += Buffer.byteLength(JSON.stringify(one.question));
    if (bytes > MAX_QUERIES_BYTES) break;
    kept.push(one);
  }
  return kept;
}

/** Stands for two opening braces, which begin a variable in a template. */
const BRACES = "braces";

function queriesOf(asked: readonly Asked[]): ConfigDocument["spec"]["queries"] {
  const scale = Math.min(1, QUERY_LIMITS.weight / (asked[0]?.times ?? 1));
  return asked.map(({ question: { api, template, params, ...rest }, times }, index) => ({
    name: `${api} ${index + 1}`,
    category: api,
    api,
    template: literal(template),
    ...(params && {
      params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, literal(value)])),
    }),
    ...rest,
    weight: scale === 1 ? times : Number((times * scale).toPrecision(6)),
  }));
}

/** What was asked is asked to the letter. */
function literal(text: string): string {
  return text.replaceAll("{{", `{{ ${BRACES} | raw }}`);
}

function workloadOf(course: Course | undefined, { rate, duration, speed }: WorkloadWishes): Workload {
  if (rate !== undefined)
    return { model: "open", arrival: "poisson", target_qps: rate, duration: duration ?? DEFAULT_DURATION };
  if (!course) {
    throw new LogburstError("bad_request", "no line says when its request came, so no rate was seen", {
      remedies: ["say one: --rate 10 --duration 5m"],
    });
  }
  const lengthS = course.toS - course.fromS;
  const steps = Math.min(MAX_STEPS, Math.ceil(lengthS / SHORTEST_STEP_S));
  const stepS = Math.ceil(lengthS / steps);
  const stages: { duration: number; target: number }[] = [];
  for (let fromS = 0; fromS < lengthS; fromS += stepS) {
    const toS = Math.min(lengthS, fromS + stepS);
    const target = rateOf(course.between(fromS, toS), toS - fromS, speed);
    const last = stages.at(-1);
    const seconds = shortened(toS - fromS, speed);
    if (last?.target === target) last.duration = shortened(last.duration + seconds, 1);
    else stages.push({ duration: 0, target }, { duration: seconds, target });
  }
  const [, only, more] = stages;
  if (only && !more)
    return {
      model: "open",
      arrival: "poisson",
      target_qps: only.target,
      duration: Math.max(1, only.duration),
    };
  return { model: "open", arrival: "poisson", stages };
}

function rateOf(requests: number, seconds: number, speed: number): number {
  return Number(((requests / seconds) * speed).toPrecision(4));
}

/** Whole milliseconds. */
function shortened(seconds: number, speed: number): number {
  return Math.round((seconds / speed) * 1000) / 1000;
}
