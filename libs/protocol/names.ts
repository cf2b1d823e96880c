/** Every name on the bus, in one table: subjects, streams, consumers, buckets. Nothing else spells one out. */

/** The prefix of a deployment; another one gives a second Logburst on the same servers. */
export const DEFAULT_PREFIX = "lb";

export type Names = ReturnType<typeof namesFor>;

/**
 * The names of one deployment.
 * @param prefix lower-case letters and digits; subjects carry it as it is, streams in capitals
 */
export function namesFor(prefix: string = DEFAULT_PREFIX) {
  if (!/^[a-z][a-z0-9]{0,15}$/.test(prefix)) {
    throw new RangeError(`prefix "${prefix}" must be a lower-case letter and up to 15 letters or digits`);
  }
  const upper = prefix.toUpperCase();
  return {
    prefix,
    /** The run that a result's or an event's subject names. */
    runOf: (subject: string) => subject.split(".")[2] ?? "",
    streams: {
      /** Work queue: run requests that wait for a coordinator. */
      requests: `${upper}_REQUESTS`,
      /** Work queue: slices that wait for a worker; one message per subject. */
      slices: `${upper}_SLICES`,
      /** Log: one result per attempt of a slice. */
      results: `${upper}_RESULTS`,
      /** Log: JetStream's advisories about slices that it gave up. */
      dead: `${upper}_DEAD`,
      /** Log: life cycle of runs, the audit trail. */
      events: `${upper}_EVENTS`,
    },
    buckets: {
      runs: `${prefix}_runs`,
      lease: `${prefix}_lease`,
      settings: `${prefix}_settings`,
      library: `${prefix}_suites`,
    },
    objects: { reports: `${prefix}_reports` },
    consumers: {
      /** The durable that a pool's workers share, and that autoscalers watch. */
      workers: (pool: string) => `workers-${pool}`,
      coordinator: "coordinator",
    },
    subjects: subjectsOf(prefix),
  } as const;
}

function subjectsOf(prefix: string) {
  return {
    requestRun: `${prefix}.request.run`,
    slice: (pool: string, run: string, lane: number | string, window: number) =>
      `${prefix}.slice.${pool}.${run}.${lane}.${window}`,
    slicesOfPool: (pool: string) => `${prefix}.slice.${pool}.>`,
    /** All slices of a run, or those of one lane. */
    slicesOfRun: (pool: string, run: string, lane = "*") => `${prefix}.slice.${pool}.${run}.${lane}.*`,
    allSlices: `${prefix}.slice.>`,
    result: (run: string, lane: number) => `${prefix}.result.${run}.${lane}`,
    resultsOfRun: (run: string) => `${prefix}.result.${run}.*`,
    allResults: `${prefix}.result.>`,
    event: (run: string, type: string) => `${prefix}.event.${run}.${type}`,
    eventsOfRun: (run: string) => `${prefix}.event.${run}.*`,
    eventsOfType: (type: string) => `${prefix}.event.*.${type}`,
    allEvents: `${prefix}.event.>`,
    /** What was set, and what was refused. */
    audit: (type: string) => `${prefix}.audit.${type}`,
    allAudit: `${prefix}.audit.*`,
    heartbeat: (node: string) => `${prefix}.heartbeat.${node}`,
    allHeartbeats: `${prefix}.heartbeat.*`,
    /** A worker listens here as long as its process lives. */
    presence: (node: string) => `${prefix}.presence.${node}`,
    control: (run: string) => `${prefix}.control.${run}`,
    allControl: `${prefix}.control.*`,
    log: (node: string) => `${prefix}.log.${node}`,
    allLogs: `${prefix}.log.*`,
    /** Whatever is said here ends all load. */
    kill: `${prefix}.kill`,
    /** A key of a bucket was written, whoever did. */
    keyWritten: (bucket: string, key: string) => `$KV.${bucket}.${key}`,
    live: (run: string) => `${prefix}.live.${run}`,
    allLive: `${prefix}.live.*`,
    /** Request and reply: the leading coordinator's clock. */
    time: `${prefix}.api.time`,
    api: (verb: ApiVerb) => `${prefix}.api.${verb}`,
    deadSlices: (kind: "MAX_DELIVERIES" | "MSG_TERMINATED") =>
      `$JS.EVENT.ADVISORY.CONSUMER.${kind}.${prefix.toUpperCase()}_SLICES.*`,
  } as const;
}

/** What a client may ask a coordinator, over HTTP and over request and reply: `verbs/table.ts` says what each one means. */
export const API_VERBS = [
  "config.validate",
  "run.create",
  "run.list",
  "run.get",
  "run.delete",
  "run.start",
  "run.approve",
  "run.reject",
  "run.stop",
  "run.kill",
  "run.pause",
  "run.resume",
  "run.change",
  "run.apply",
  "run.clone",
  "run.config",
  "run.report",
  "run.compare",
  "run.events",
  "run.slices",
  "run.results",
  "run.logs",
  "series.list",
  "series.get",
  "series.stop",
  "note.create",
  "note.list",
  "note.update",
  "node.list",
  "node.get",
  "node.logs",
  "pod.list",
  "pod.get",
  "pod.logs",
  "engine.list",
  "library.list",
  "library.get",
  "library.put",
  "library.delete",
  "scenario.run",
  "execution.create",
  "execution.list",
  "execution.get",
  "execution.stop",
  "schedule.list",
  "schedule.get",
  "schedule.pause",
  "schedule.resume",
  "kill.get",
  "kill.set",
  "kill.clear",
  "settings.get",
  "settings.set",
  "audit.list",
] as const;
export type ApiVerb = (typeof API_VERBS)[number];

/** A token of a subject: node ids, run ids and pool names must look like this. */
export const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;

/** Makes any text fit to be a subject's token, so that a host name can be a node id. */
export function toToken(text: string): string {
  const token = text.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "");
  return token.slice(0, 64) || "unnamed";
}
