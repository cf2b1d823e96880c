/** What the target's servers told of themselves, as columns: their own times laid into one axis. Pure. */

import type { LiveServer } from "../../../../libs/protocol/server.ts";
import type { Values } from "./columns.ts";

export interface ServerColumns {
  readonly second: readonly number[];
  readonly servers: readonly {
    readonly name: string;
    readonly cpuCores: Values;
    readonly executing: Values;
    readonly places: Values;
  }[];
}

/** More lines in one chart nobody tells apart; the report's table has all. */
const MAX_SHOWN = 4;

export function serverColumnsOf(told: readonly LiveServer[]): ServerColumns {
  const urls = [...new Set(told.map(({ url }) => url))].slice(0, MAX_SHOWN);
  const second = [...new Set(told.map(({ to_s: toS }) => toS))].sort((a, b) => a - b);
  const at = new Map(told.map((point) => [`${point.url} ${point.to_s}`, point]));
  const column = (url: string, of: (point: LiveServer) => number | null): Values =>
    second.map((toS) => {
      const point = at.get(`${url} ${toS}`);
      return point ? of(point) : null;
    });
  return {
    second,
    servers: urls.map((url) => ({
      name: hostOf(url),
      cpuCores: column(url, (point) => point.cpu_cores),
      executing: column(url, (point) => point.executing),
      places: column(url, (point) => point.places),
    })),
  };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
