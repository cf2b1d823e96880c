/** The lines of each chart, in the words of the moment. */

import type { FleetPoint } from "../../../../libs/protocol/fleet.ts";
import { say } from "../words/words.ts";
import { type Columns, hasValues, type Values } from "./columns.ts";
import type { Line } from "./line.ts";
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
    ...whereTold("p95", "--p95", columns.p95Ms),
    ...whereTold("p99", "--p99", columns.p99Ms),
    ...whereTold("p99_9", "--missed", columns.p999Ms),
    { name: say("max"), colour: "--muted", values: columns.maxMs, look: "dashed" },
  ];
}

/** Where there are never enough values for a percentile, it has no line. */
function whereTold(name: "p95" | "p99" | "p99_9", colour: string, values: Values): Line[] {
  return hasValues(values) ? [{ name: say(name), colour, values, look: "line" }] : [];
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

export function flightLines(fleet: readonly FleetPoint[]): Line[] {
  return [
    {
      name: say("in_flight"),
      colour: "--p95",
      values: fleet.map(({ in_flight }) => in_flight),
      look: "line",
    },
    { name: say("workers"), colour: "--ok", values: fleet.map(({ workers }) => workers), look: "line" },
  ];
}

export function queueLines(fleet: readonly FleetPoint[]): Line[] {
  return [
    {
      name: say("queue_depth"),
      colour: "--timed_out",
      values: fleet.map(({ outstanding }) => outstanding),
      look: "area",
    },
    { name: say("queued"), colour: "--missed", values: fleet.map(({ queued }) => queued), look: "line" },
  ];
}

export function blockRateLines({ ok, bad }: QueryColumns): Line[] {
  return [
    { name: say("ok"), colour: "--ok", values: ok, look: "area" },
    { name: say("not_ok"), colour: "--failed", values: bad, look: "line" },
  ];
}

export function blockMeanLines({ meanMs }: QueryColumns): Line[] {
  return [{ name: say("mean"), colour: "--p95", values: meanMs, look: "line" }];
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
