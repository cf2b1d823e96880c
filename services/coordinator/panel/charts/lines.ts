/** The lines of each chart, in the words of the moment. */

import { say } from "../words/words.ts";
import { type Columns, hasValues } from "./columns.ts";
import type { Line } from "./line.ts";
import type { Sample } from "./points.ts";
import type { QueryColumns } from "./query-columns.ts";
import type { ServerColumns } from "./server-columns.ts";

/** What a class of failures is drawn in. */
const CLASS_COLOURS: Readonly<Record<string, string>> = {
  timeout: "--timed_out",
  connect: "--lost",
  tls: "--cancelled",
  http_4xx: "--p50",
  http_5xx: "--failed",
  protocol: "--p99",
  parse: "--ok",
  expect: "--p95",
};

/** One after the other, for what has no colour of its own. */
const ROW_COLOURS = ["--p95", "--ok", "--timed_out", "--missed"] as const;

export function rateLines(columns: Columns, isAsked: boolean): Line[] {
  const planned = isAsked ? columns.load : columns.planned;
  return [
    { name: say("planned"), colour: "--ink", values: planned, look: "dashed" },
    { name: say("sent"), colour: "--p95", values: columns.sent, look: "line" },
    { name: say("ok"), colour: "--ok", values: columns.ok, look: "area" },
  ];
}

export function responseLines(columns: Columns): Line[] {
  return [
    { name: say("p50"), colour: "--p50", values: columns.p50Ms, look: "line" },
    { name: say("p95"), colour: "--p95", values: columns.p95Ms, look: "line" },
    { name: say("p99"), colour: "--p99", values: columns.p99Ms, look: "line" },
    ...(hasValues(columns.p999Ms)
      ? [{ name: say("p99_9"), colour: "--missed", values: columns.p999Ms, look: "line" } as const]
      : []),
    { name: say("max"), colour: "--muted", values: columns.maxMs, look: "dashed" },
  ];
}

export function errorLines(columns: Columns): Line[] {
  const classes = columns.classes.map(({ name, values }): Line => {
    return { name, colour: CLASS_COLOURS[name] ?? "--failed", values, look: "line" };
  });
  const states: Line[] = [
    { name: say("failed"), colour: "--failed", values: columns.failed, look: "area" },
    { name: say("timed_out"), colour: "--timed_out", values: columns.timedOut, look: "line" },
  ];
  return [
    ...(classes.length > 0 ? classes : states),
    { name: say("missed"), colour: "--missed", values: columns.missed, look: "dashed" },
    { name: say("lost"), colour: "--ink", values: columns.lost, look: "dashed" },
  ];
}

export function medianLines(columns: Columns): Line[] {
  return [{ name: say("p50"), colour: "--ink", values: columns.p50Ms, look: "dashed" }];
}

/** From the intended start to the answer, in two: until it was sent, and from then on. */
export function lagLines(columns: Columns): Line[] {
  return [
    { name: say("lag"), colour: "--missed", values: columns.lagP99Ms, look: "area" },
    { name: say("service_time"), colour: "--p95", values: columns.serviceP95Ms, look: "line" },
  ];
}

export function loadLines(columns: Columns): Line[] {
  return [{ name: say("asked"), colour: "--ink", values: columns.load, look: "line" }];
}

export function flightLines(samples: readonly Sample[]): Line[] {
  const queued = samples.map((sample) => sample.queued ?? null);
  return [
    {
      name: say("in_flight"),
      colour: "--p95",
      values: samples.map(({ inFlight }) => inFlight),
      look: "line",
    },
    { name: say("workers"), colour: "--ok", values: samples.map(({ workers }) => workers), look: "line" },
    ...(queued.some((value) => value !== null)
      ? [{ name: say("queued"), colour: "--timed_out", values: queued, look: "line" } as const]
      : []),
  ];
}

export function queryRateLines({ ok, bad, unsent }: QueryColumns): Line[] {
  return [
    { name: say("ok"), colour: "--ok", values: ok, look: "area" },
    { name: say("not_ok"), colour: "--failed", values: bad, look: "line" },
    ...(hasValues(unsent)
      ? [{ name: say("unsent"), colour: "--missed", values: unsent, look: "dashed" } as const]
      : []),
  ];
}

export function queryResponseLines({ meanMs, p50Ms, p99Ms }: QueryColumns): Line[] {
  if (hasValues(meanMs)) return [{ name: say("mean"), colour: "--p95", values: meanMs, look: "line" }];
  return [
    { name: say("p50"), colour: "--p50", values: p50Ms, look: "line" },
    { name: say("p99"), colour: "--p99", values: p99Ms, look: "line" },
  ];
}

export function serverCpuLines({ servers }: ServerColumns): Line[] {
  return servers.map(({ name, cpuCores }, index) => {
    return { name, colour: colourAt(index), values: cpuCores, look: "line" };
  });
}

export function serverPlaceLines({ servers }: ServerColumns): Line[] {
  return servers.flatMap(({ name, executing, places }, index) => [
    {
      name: servers.length > 1 ? name : say("executing"),
      colour: colourAt(index),
      values: executing,
      look: "area",
    },
    {
      name: servers.length > 1 ? `${name}, ${say("places")}` : say("places"),
      colour: "--ink",
      values: places,
      look: "dashed",
    },
  ]);
}

function colourAt(index: number): string {
  return ROW_COLOURS[index % ROW_COLOURS.length] ?? "--p95";
}
