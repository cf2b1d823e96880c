/** The AsyncAPI 3.0 document of all that goes over NATS, made from the table of names and the schemas of the messages. */

import { z } from "zod";
import { ApiError, TimeReply } from "../api.ts";
import { AuditEntry } from "../audit.ts";
import { WrittenConfig } from "../config/schema.ts";
import { Live } from "../live.ts";
import { LogLine } from "../log-line.ts";
import { type Names, namesFor } from "../names.ts";
import { Heartbeat } from "../node.ts";
import { LogEntry } from "../result.ts";
import { Control, RunEvent } from "../run.ts";
import { Slice } from "../slice.ts";
import { bare, type Json, refTo, titled } from "./documents.ts";
import { VERB_ENTRIES } from "./table.ts";
import type { Verb } from "./verb.ts";

/** One kind of message, on one subject. */
interface Channel {
  readonly address: string;
  readonly summary: string;
  /** As Logburst sees it: does it take the message, or publish it? */
  readonly action: "receive" | "send";
  /** The message's name among the schemas; none where its body says nothing. */
  readonly message?: string;
  /** The name of the answer, where there is one. */
  readonly reply?: string;
  /** The stream that keeps it. */
  readonly stream?: string;
}

/** What has a schema of its own, but for the verbs. */
const MESSAGES = {
  BenchmarkConfig: WrittenConfig,
  Slice,
  LogEntry,
  RunEvent,
  AuditEntry,
  Heartbeat,
  Control,
  Live,
  LogLine,
  TimeReply,
  ApiError,
};

function channelsOf({ subjects, streams }: Names): Readonly<Record<string, Channel>> {
  const place = ["{pool}", "{run}", "{lane}", "{window}" as never] as const;
  return {
    requestRun: {
      address: subjects.requestRun,
      summary: "A config, in YAML or JSON: its run is accepted when a coordinator leads, now or later",
      action: "receive",
      message: "BenchmarkConfig",
      stream: streams.requests,
    },
    slice: {
      address: subjects.slice(...place),
      summary: "A slice of work: workers pull them",
      action: "send",
      message: "Slice",
      stream: streams.slices,
    },
    result: {
      address: subjects.result("{run}", "{lane}" as never),
      summary: "What became of a slice; a leader's fence; the end of a run",
      action: "send",
      message: "LogEntry",
      stream: streams.results,
    },
    event: {
      address: subjects.event("{run}", "{type}"),
      summary: "What happens to a run: the audit trail",
      action: "send",
      message: "RunEvent",
      stream: streams.events,
    },
    audit: {
      address: subjects.audit("{type}"),
      summary: "What was set, by whom, and what was refused",
      action: "send",
      message: "AuditEntry",
      stream: streams.events,
    },
    ...lostChannels(subjects),
    ...Object.fromEntries(
      VERB_ENTRIES.map(([name, verb]) => [
        `api${titled(name)}`,
        {
          address: subjects.api(name),
          summary: verb.summary,
          action: "receive",
          message: `${titled(name)}Request`,
          reply: `${titled(name)}Reply`,
        } satisfies Channel,
      ]),
    ),
  };
}

/** What may be lost without harm. */
function lostChannels(subjects: Names["subjects"]): Record<string, Channel> {
  return {
    control: {
      address: subjects.control("{run}"),
      summary: "The state of a live run, repeated each second by the leader",
      action: "send",
      message: "Control",
    },
    kill: {
      address: subjects.kill,
      summary: "Whatever is said here ends all load; the verb keeps it so",
      action: "receive",
    },
    keyWritten: {
      address: subjects.keyWritten("{bucket}", "{key}"),
      summary: "A key of a bucket was written: settings and wanted specs are looked at again",
      action: "receive",
    },
    live: {
      address: subjects.live("{run}"),
      summary: "The figures of a live run, each second",
      action: "send",
      message: "Live",
    },
    heartbeat: {
      address: subjects.heartbeat("{node}"),
      summary: "What a worker says of itself, each second",
      action: "send",
      message: "Heartbeat",
    },
    presence: {
      address: subjects.presence("{node}"),
      summary: "A worker listens here as long as its process lives",
      action: "receive",
    },
    log: {
      address: subjects.log("{node}"),
      summary: "A line of a service's log",
      action: "send",
      message: "LogLine",
    },
    time: {
      address: subjects.time,
      summary: "The reference clock: that of the leading coordinator",
      action: "receive",
      reply: "TimeReply",
    },
  };
}

/** @param version of the program that serves it */
export function asyncApi(version: string, prefix?: string): Json {
  const channels = channelsOf(namesFor(prefix));
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Logburst",
      version,
      description:
        "What goes over NATS. Verbs are asked by request and reply; an answer says in its body whether it worked.",
      license: { name: "Apache-2.0" },
    },
    defaultContentType: "application/json",
    servers: { nats: { host: "127.0.0.1:4222", protocol: "nats" } },
    channels: Object.fromEntries(
      Object.entries(channels).flatMap(([id, channel]) => [
        [id, channelOf(channel)],
        ...(channel.reply === undefined ? [] : [[replyId(id), replyChannel(channel.reply)] as const]),
      ]),
    ),
    operations: Object.fromEntries(
      Object.entries(channels).map(([id, channel]) => [id, operationOf(id, channel)]),
    ),
    components: { messages: messagesOf(channels), schemas: schemasOf() },
  };
}

const replyId = (id: string) => `${id}Reply`;
const messageRef = (name: string) => ({ $ref: `#/components/messages/${name}` });
/** A message whose body says nothing. */
const EMPTY = "Empty";

function channelOf({ address, summary, message = EMPTY, stream }: Channel): Json {
  const parameters = [...address.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, {}]);
  return {
    address,
    summary: stream === undefined ? summary : `${summary}; kept in the stream ${stream}`,
    messages: { [message]: messageRef(message) },
    ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) }),
  };
}

/** Whoever asks names the subject of the answer. */
function replyChannel(reply: string): Json {
  return { address: null, messages: { [reply]: messageRef(reply) } };
}

function operationOf(id: string, { action, summary, message = EMPTY, reply }: Channel): Json {
  const messagesIn = (channel: string, name: string) => ({
    channel: { $ref: `#/channels/${channel}` },
    messages: [{ $ref: `#/channels/${channel}/messages/${name}` }],
  });
  return {
    action,
    summary,
    ...messagesIn(id, message),
    ...(reply !== undefined && { reply: messagesIn(replyId(id), reply) }),
  };
}

function messagesOf(channels: Readonly<Record<string, Channel>>): Json {
  const names = Object.values(channels).flatMap(({ message, reply }) => [message, reply]);
  const known = [...new Set(names.filter((name) => name !== undefined))];
  return {
    [EMPTY]: { name: EMPTY, contentType: "text/plain", payload: { type: "string" } },
    ...Object.fromEntries(known.map((name) => [name, { name, payload: { $ref: refTo(name) } }])),
  };
}

function schemasOf(): Json {
  const options = { target: "draft-7" } as const;
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(MESSAGES)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { ...options, io: "input", uri: refTo });
  const verbs = VERB_ENTRIES.flatMap(([name, verb]) => [
    [`${titled(name)}Request`, bare(z.toJSONSchema(verb.request, { ...options, io: "input" }) as Json)],
    [`${titled(name)}Reply`, replySchema(verb)],
  ]);
  return {
    ...Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema as Json)])),
    ...Object.fromEntries(verbs),
  };
}

/** What was done, or what went wrong. */
function replySchema({ answer, key }: Verb): Json {
  const done = key === undefined ? answer.shape : { [key]: answer };
  const schema = z.object({ ok: z.literal(true), ...done });
  return {
    oneOf: [bare(z.toJSONSchema(schema, { target: "draft-7" }) as Json), { $ref: refTo("ApiError") }],
  };
}
