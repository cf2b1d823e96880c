/** The server's side of a run in lines: what each server did, what it did not tell, and whether p99 was waiting in its queue. */

import type { Report } from "../protocol/report.ts";
import type { LiveServer, ServerReport } from "../protocol/server.ts";
import { bytes, count, milliseconds, percent, printable } from "./words.ts";

const SHOWN_SERVERS = 4;
const MB = 1_000_000;

/** A line for each server, and the sentence on p99 where there is one. */
export function serverLines({ server }: Report): string[] {
  if (!server) return [];
  const { servers, queueing } = server;
  const more = servers.length - SHOWN_SERVERS;
  return [
    ...servers.slice(0, SHOWN_SERVERS).map(serverLine),
    ...(more > 0 ? [`and ${more} more servers, in the report`] : []),
    ...(queueing ? [queueing.words] : []),
  ];
}

function serverLine(server: ServerReport): string {
  if (server.samples === 0) return `${printable(server.url)} told nothing: ${failureOf(server)}`;
  const parts = [...cpuWords(server), ...queueWords(server), ...restWords(server)];
  const name = server.version ? `${server.version} at ${server.url}` : server.url;
  return `${printable(name)}: ${parts.join("; ")}`;
}

/** Why a server told nothing, or not all the time. */
export function failureOf({ failed, samples, failure }: ServerReport): string {
  const why = printable(failure ?? "nobody asked it");
  return samples === 0
    ? why
    : `${count(failed)} of ${count(failed + samples)} tries failed, the last one: ${why}`;
}

function cpuWords({ cpu_cores_mean: mean, cores, cpu_ms_per_query: perQuery }: ServerReport): string[] {
  if (mean === null) return [];
  const of = cores === null ? "" : ` of ${cores}`;
  return [
    `CPU ${mean.toFixed(2)}${of} cores${perQuery === null ? "" : `, ${milliseconds(perQuery)} a query`}`,
  ];
}

function queueWords(server: ServerReport): string[] {
  const { places, executing_max: most, full_share: full, waited_share: share } = server;
  const { waits, wait_timeouts: inVain } = server;
  if (places === null) return [];
  const taken = `at most ${most ?? "-"} of ${places} places taken${full === null ? "" : `, all of them in ${percent(full, 0)} of the samples`}`;
  const waited = share === null ? count(waits ?? 0) : `${count(waits ?? 0)} (${percent(share, 1)})`;
  return [`${taken}, ${waited} queries waited${inVain ? `, ${count(inVain)} in vain` : ""}`];
}

function restWords(server: ServerReport): string[] {
  const { rss_mb_max: rssMb, merges, rows_ingested: rows, restarts, failed } = server;
  return [
    ...(rssMb === null ? [] : [`memory ${bytes(rssMb * MB)}`]),
    ...(merges ? [`${count(merges)} merges`] : []),
    ...(rows ? [`${count(rows)} rows ingested`] : []),
    ...(restarts > 0 ? [`started anew ${count(restarts)} times`] : []),
    ...(failed > 0 ? [failureOf(server)] : []),
  ];
}

/** A live server's newest figures in a few words. */
export function liveServerWords(server: LiveServer): string {
  const { executing, places, waits_per_s: waits, cpu_cores: cores, cpu_ms_per_query: perQuery } = server;
  return [
    ...(executing === null || places === null ? [] : [`places ${executing} of ${places}`]),
    ...(waits === null ? [] : [`waits ${waits.toFixed(1)}/s`]),
    ...(cores === null ? [] : [`cpu ${cores.toFixed(2)}`]),
    ...(perQuery === null ? [] : [`cpu/query ${milliseconds(perQuery)}`]),
    ...(server.rss_mb === null ? [] : [`memory ${bytes(server.rss_mb * MB)}`]),
  ].join("  ");
}
