/**
 * A report for others' eyes: figures, names of queries and their shape stay; hosts, nodes, values in queries and whatever else
 * of the config could tell something are replaced by keyed hashes. The same key gives the same hash for the same word, so that
 * two exports can still be compared; without the key nobody can try words out.
 */

import { createHmac } from "node:crypto";
import type { Report } from "../protocol/report.ts";

export function anonymize(report: Report, key: string): Report {
  const mask = masker(key);
  const named = namedIn(report);
  /** In sentences, whatever is known by name. */
  const text = (words: string) => named.reduce((all, word) => all.replaceAll(word, mask("x", word)), words);
  const node = (id: string) => mask("node", id);
  return {
    ...report,
    verdict_reasons: report.verdict_reasons.map(text),
    generator_faults: report.generator_faults.map(text),
    queries: report.queries.map((query) => ({ ...query, template: maskQuery(query.template, mask) })),
    nodes: report.nodes.map((entry) => ({ ...entry, node_id: node(entry.node_id) })),
    errors: report.errors.map((error) => ({
      ...error,
      detail: text(error.detail),
      samples: error.samples.map(({ at_ms, node_id, message, request }) => ({
        ...{ at_ms, node_id: node(node_id) },
        ...{ message: mask("message", message), request: mask("request", request) },
      })),
    })),
    reasons: report.reasons.map((reason) => ({ ...reason, nodes: reason.nodes.map(node) })),
    refused: report.refused.map((refused) => ({ ...refused, nodes: refused.nodes.map(node) })),
    events: report.events.map((event) => ({ ...event, text: text(event.text) })),
    warnings: report.warnings.map((warning) => mask("warning", warning)),
    server: maskServers(report.server, mask),
    spec: maskValue(report.spec, "spec", mask),
  };
}

type Mask = (kind: string, word: string) => string;

/** Enough that two words of a report never meet. */
const HASH_CHARS = 12;

function masker(key: string): Mask {
  return (kind, word) =>
    `${kind}-${createHmac("sha256", key).update(word).digest("hex").slice(0, HASH_CHARS)}`;
}

/** Nodes and hosts, the longest first, so that none is masked in the middle of another. */
function namedIn({ nodes, errors, reasons, refused, server, spec }: Report): string[] {
  const words = [
    ...nodes.map(({ node_id }) => node_id),
    ...errors.flatMap(({ samples }) => samples.map(({ node_id }) => node_id)),
    ...[...reasons, ...refused].flatMap((entry) => entry.nodes),
    ...(server?.servers.flatMap(({ url }) => hostsOf(url)) ?? []),
    ...hostsOf(JSON.stringify(spec) ?? ""),
  ];
  return [...new Set(words)].filter(Boolean).sort((a, b) => b.length - a.length);
}

/** Addresses in a text, each with and without its port. */
function hostsOf(text: string): string[] {
  return [...text.matchAll(/[a-z]+:\/\/(?:[^@/"\s]*@)?(\[[^\]"]+\]|[^:/"\s]+)(:\d+)?/g)].flatMap(
    ([, host = "", port = ""]) => [host + port, host],
  );
}

function maskServers(server: Report["server"], mask: Mask): Report["server"] {
  if (server === null) return null;
  const servers = server.servers.map((entry) => ({
    ...entry,
    url: mask("host", entry.url),
    failure: entry.failure === null ? null : mask("message", entry.failure),
    flags: maskValue(entry.flags, "flags", mask) as Record<string, string>,
  }));
  const { queueing } = server;
  return { servers, queueing: queueing && { ...queueing, words: masksHosts(queueing.words, server, mask) } };
}

function masksHosts(words: string, { servers }: NonNullable<Report["server"]>, mask: Mask): string {
  return servers
    .flatMap(({ url }) => [url, ...hostsOf(url)])
    .reduce((all, host) => all.replaceAll(host, mask("host", host)), words);
}

/** Keys of a config whose texts are words of its language or names that the report is about. */
const PLAIN_KEYS = new Set(
  "apiVersion kind name model api arrival category late load metric on on_failure on_timeout pick query type format formats account_id project_id".split(
    " ",
  ),
);
/** Numbers, lengths of time, and conditions on figures. */
const PLAIN_TEXT =
  /^(-?\d+(\.\d+)?(ms|s|m|h|d|%|[KMGT]i?B?)?)+$|^(p\(|avg|max|error_rate|missed_rate|achieved)/;

/** A part of a config: its shape and its numbers stay, and of its texts those that say nothing. */
function maskValue(value: unknown, key: string, mask: Mask): unknown {
  if (typeof value === "string") return maskText(value, key, mask);
  if (Array.isArray(value)) return value.map((entry) => maskValue(entry, key, mask));
  if (typeof value !== "object" || value === null) return value;
  const isValues = key === "list" || key === "labels" || key === "annotations" || key === "headers";
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, maskValue(entry, isValues ? "value" : name, mask)]),
  );
}

function maskText(text: string, key: string, mask: Mask): string {
  if (key === "template") return maskQuery(text, mask);
  if (PLAIN_KEYS.has(key)) return text;
  if (key !== "value" && key !== "list" && PLAIN_TEXT.test(text)) return text;
  return mask(key === "url" ? "host" : "value", text);
}

/** Words of LogsQL that are no values. */
const QUERY_WORDS = new Set(
  (
    "and or not in by as asc desc limit offset range exact seq contains_all contains_any i if eval " +
    "stats count sum avg min max median quantile count_uniq uniq_values values row_any row_min row_max rate " +
    "sort head tail top first last uniq fields keep delete drop rename copy mv rm cp filter where facets " +
    "extract extract_regexp format unpack_json unpack_logfmt replace math len hits sample stream_context " +
    "field_names field_values block_stats blocks_count pack_json unroll join union collapse_nums"
  ).split(" "),
);

/** A query whose words are hashes, and whose shape, fields and variables are as they were. */
function maskQuery(template: string, mask: Mask): string {
  const parts = /\{\{.*?\}\}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|[\p{L}\p{N}_][\p{L}\p{N}_.\-/@]*/gu;
  return template.replace(parts, (word, at: number) => {
    if (word.startsWith("{{") || QUERY_WORDS.has(word.toLowerCase())) return word;
    if (/^\d+(\.\d+)?(ns|µs|ms|s|m|h|d|w)?$/.test(word) && isCount(template, at)) return word;
    const isField = /^[A-Za-z_]/.test(word) && /^\s*:/.test(template.slice(at + word.length));
    return isField || word.startsWith("_time") ? word : `"${mask("word", word)}"`;
  });
}

/** Numbers of pipes say how much is asked for, not what. */
function isCount(template: string, at: number): boolean {
  return /\|[^|]*$/.test(template.slice(0, at)) || /_time:\s*\[?$/.test(template.slice(0, at));
}
