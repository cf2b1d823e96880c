/**
 * Who may say and hear what on the bus: one table, from which a server's configuration is made. A role has what its code uses
 * and no more: a worker that is taken over can neither make slices, nor lead, nor change what is stored of runs.
 */

import { KILL_KEY } from "../protocol/kill.ts";
import type { Names } from "../protocol/names.ts";
import { owedKey } from "../protocol/processing.ts";
import { wantedKey } from "../protocol/run.ts";
import { SETTINGS_KEY } from "../protocol/settings.ts";

/** The services, whoever asks them (the command line), and whoever looks after the deployment. */
export const BUS_ROLES = ["coordinator", "aggregator", "worker", "client", "admin"] as const;
export type BusRole = (typeof BUS_ROLES)[number];

export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Whether it answers requests: once each, wherever the answer is to go. */
  readonly answers: boolean;
}

/** Where a role's answers come to. Nobody else may listen there; people's tools use the usual one. */
export function inboxOf(role: BusRole, prefix: string): string {
  return role === "client" || role === "admin" ? "_INBOX" : `_INBOX_${prefix}_${role}`;
}

/** What a role may do in a deployment. */
export function permissionsOf(role: BusRole, names: Names): Permissions {
  const { publish, subscribe, answers } = TABLE[role](names);
  const inbox = `${inboxOf(role, names.prefix)}.>`;
  if (role === "admin") return { publish, subscribe, answers };
  return { publish: ["$JS.API.INFO", ...publish], subscribe: [inbox, ...subscribe], answers };
}

const TABLE: Readonly<Record<BusRole, (names: Names) => Permissions>> = {
  coordinator,
  aggregator,
  worker,
  client,
  admin: () => ({ publish: [">"], subscribe: [">"], answers: false }),
};

function coordinator(names: Names): Permissions {
  const { streams, buckets, consumers, objects, subjects, prefix } = names;
  return {
    publish: [
      ...allStreams(names).flatMap((stream) =>
        ["INFO", "CREATE", "UPDATE", "PURGE", "MSG.GET"].map((verb) => `$JS.API.STREAM.${verb}.${stream}`),
      ),
      `$JS.API.STREAM.MSG.DELETE.${streams.slices}`,
      ...[streams.requests, streams.dead, streams.slices].flatMap(durable),
      ...[streams.requests, streams.dead].flatMap((stream) => pulls(stream, consumers.coordinator)),
      ...[streams.results, streams.events].flatMap(follows),
      ...Object.values(buckets).flatMap((bucket) => [...reads(`KV_${bucket}`), `$KV.${bucket}.>`]),
      ...objectReads(objects.reports),
      `$O.${objects.reports}.>`,
      ...[subjects.allSlices, subjects.allResults, subjects.allEvents, subjects.allAudit],
      ...[subjects.allControl, subjects.allLogs, subjects.kill, subjects.presence("*"), `${prefix}.api.>`],
    ],
    subscribe: [
      ...[subjects.allHeartbeats, subjects.allLive, subjects.allLogs, subjects.allEvents, subjects.kill],
      ...[`${prefix}.api.>`, "$SRV.>"],
      subjects.keyWritten(buckets.runs, wantedKey("*")),
      subjects.keyWritten(buckets.settings, SETTINGS_KEY),
    ],
    answers: true,
  };
}

function aggregator(names: Names): Permissions {
  const { streams, buckets, objects, subjects } = names;
  const says = ["reported", "threshold_crossed", "processor_failed"];
  return {
    publish: [
      ...looks(names),
      ...[streams.results, streams.events].flatMap(follows),
      ...[buckets.runs, buckets.settings].flatMap((bucket) => reads(`KV_${bucket}`)),
      subjects.keyWritten(buckets.runs, owedKey("*")),
      ...objectReads(objects.reports),
      `$JS.API.STREAM.PURGE.OBJ_${objects.reports}`,
      `$O.${objects.reports}.>`,
      ...says.map((type) => subjects.eventsOfType(type)),
      ...[subjects.allLive, subjects.allLogs, subjects.allAudit],
    ],
    subscribe: [subjects.allHeartbeats, subjects.keyWritten(buckets.settings, SETTINGS_KEY)],
    answers: false,
  };
}

function worker(names: Names): Permissions {
  const { streams, buckets, consumers, subjects } = names;
  return {
    publish: [
      ...looks(names),
      ...pulls(streams.slices, consumers.workers("*")),
      ...[buckets.runs, buckets.settings].flatMap((bucket) => reads(`KV_${bucket}`)),
      ...[subjects.allResults, subjects.allHeartbeats, subjects.allLogs, subjects.allAudit, subjects.time],
    ],
    subscribe: [
      ...[subjects.allControl, subjects.presence("*"), subjects.kill],
      subjects.keyWritten(buckets.settings, SETTINGS_KEY),
    ],
    answers: true,
  };
}

/** Runs are asked for and followed, reports read and folded again, the kill switch turned; all else is asked of a coordinator. */
function client(names: Names): Permissions {
  const { streams, buckets, objects, subjects, prefix } = names;
  return {
    publish: [
      ...[streams.results, streams.events].flatMap((stream) => [
        `$JS.API.STREAM.INFO.${stream}`,
        ...follows(stream),
      ]),
      ...[buckets.runs, buckets.settings].flatMap((bucket) => reads(`KV_${bucket}`)),
      ...objectReads(objects.reports),
      ...[`${prefix}.api.>`, subjects.requestRun, subjects.kill, "$SRV.>"],
      subjects.keyWritten(buckets.settings, KILL_KEY),
    ],
    subscribe: [subjects.allLive, subjects.allLogs],
    answers: false,
  };
}

function allStreams({ streams, buckets, objects }: Names): string[] {
  return [
    ...Object.values(streams),
    ...Object.values(buckets).map((bucket) => `KV_${bucket}`),
    `OBJ_${objects.reports}`,
  ];
}

/** Whether all is there that a service needs before it begins. */
function looks(names: Names): string[] {
  return allStreams(names).map((stream) => `$JS.API.STREAM.INFO.${stream}`);
}

/** The durable consumers of a stream, made and brought up to date. */
function durable(stream: string): string[] {
  return ["INFO", "CREATE", "DURABLE.CREATE"].map((verb) => `$JS.API.CONSUMER.${verb}.${stream}.>`);
}

/** Taking from a durable consumer, and acknowledging: newer servers put domain and account into the subject of an ack. */
function pulls(stream: string, consumer: string): string[] {
  // A wildcard stands for a whole word, so a name that is known by its beginning is any name.
  const name = consumer.includes("*") ? "*" : consumer;
  return [
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`,
    `$JS.ACK.${stream}.${name}.>`,
    `$JS.ACK.*.*.${stream}.${name}.>`,
  ];
}

/** Following a log: by consumers of one's own, which are worth nothing to others. */
function follows(stream: string): string[] {
  return [
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.*`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
  ];
}

/** Reading a bucket's keys, of any copy and of the leader. */
function reads(stream: string): string[] {
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
  ];
}

/** Reading an object, which comes in pieces, by a consumer that the server is told the pace of. */
function objectReads(bucket: string): string[] {
  const stream = `OBJ_${bucket}`;
  return [
    ...reads(stream),
    // The client asks which stream has the pieces.
    "$JS.API.STREAM.NAMES",
    `$JS.API.CONSUMER.CREATE.${stream}`,
    `$JS.API.CONSUMER.DELETE.${stream}.*`,
    `$JS.FC.${stream}.>`,
    `$JS.FC.*.*.${stream}.>`,
  ];
}
