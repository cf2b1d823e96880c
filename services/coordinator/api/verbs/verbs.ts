/** What can be asked of a coordinator. The leader does it; one that stands by reads for itself and hands on what changes a run. */

import { type Bucket, reportName } from "../../../../libs/bus/bus.ts";
import { listEngines } from "../../../../libs/engines/registry.ts";
import { plannedDurationMs, plannedPerQuery, planOf } from "../../../../libs/load/plan.ts";
import { scheduleHash } from "../../../../libs/load/schedule-hash.ts";
import { LogburstError } from "../../../../libs/protocol/errors.ts";
import type { KillState } from "../../../../libs/protocol/kill.ts";
import { Report } from "../../../../libs/protocol/report.ts";
import { isFinal } from "../../../../libs/protocol/run.ts";
import { seriesOfConfig } from "../../../../libs/protocol/series.ts";
import { type AnswerOf, type LeadingVerb, VERB_ENTRIES } from "../../../../libs/protocol/verbs/table.ts";
import { renderReport } from "../../../../libs/report/formats.ts";
import { killStateOf, turnKillSwitch } from "../../../../libs/runtime/kill-switch.ts";
import { maskConfig } from "../../../../libs/runtime/secrets.ts";
import { firstRunOf } from "../../../../libs/series/next.ts";
import type { NodeManager } from "../../nodes/node-manager.ts";
import { handOn } from "../hand-on.ts";
import { readSubmitted } from "../intake.ts";
import { runNamed, specOf } from "../stored.ts";
import { compareRuns } from "./compare.ts";
import type { Handler, LeadingVerbs, VerbParts, Verbs } from "./handlers.ts";
import { libraryReads } from "./library.ts";
import { addNote, notesOf, updateNote } from "./notes.ts";
import { pageOf } from "./page.ts";
import { podVerbs } from "./pods.ts";
import { listRuns } from "./run-list.ts";
import { eventsOf, resultsOf, slicesOf } from "./run-logs.ts";
import { listSeries, seriesNamed } from "./series.ts";
import { settingsVerbs } from "./settings.ts";

const LEADING = VERB_ENTRIES.filter(([, { leads }]) => leads).map(([name]) => name as LeadingVerb);

/** @param leading the leader's verbs in this process, while it leads */
export function createVerbs(parts: VerbParts, leading: () => LeadingVerbs | undefined): Verbs {
  const { bus, runs, reports, nodes, logs, clock, killSwitch } = parts;

  /** Done here by the leader, or handed on to it. */
  const led =
    <V extends LeadingVerb>(verb: V): Handler<V> =>
    async (request, caller) => {
      const here = leading();
      return here ? (here[verb] as Handler<V>)(request, caller) : handOn(bus, verb, request, caller);
    };

  /** @throws LogburstError `not_found` */
  async function reportOf(id: string): Promise<Report> {
    const text = await reports.get(reportName(id)).catch(unlessSealed);
    if (text === undefined) throw await noReport(runs, id);
    return Report.parse(JSON.parse(text));
  }

  async function turn(set: boolean, reason: string, by: string): Promise<KillState> {
    const state: KillState = { v: 1, set, reason, by, at_ms: clock.nowMs() };
    await turnKillSwitch(bus, state);
    // Whoever is told that runs may start again may start one here at once.
    await killSwitch.look();
    return state;
  }

  return {
    ...(Object.fromEntries(LEADING.map((verb) => [verb, led(verb)])) as LeadingVerbs),
    async "config.validate"({ config }) {
      return summaryOf(config);
    },
    "run.list": (request) => listRuns(runs, request),
    "run.get": ({ id }) => runNamed(runs, id),
    async "run.config"({ id }) {
      const record = await runNamed(runs, id);
      const { document } = await specOf(runs, record);
      return { revision: record.revision, config: { ...maskConfig(document) } };
    },
    async "run.report"({ id, format }) {
      const report = await reportOf(id);
      const series = seriesOfConfig(report.spec);
      const known = series === undefined ? undefined : await seriesNamed(runs, series).catch(() => undefined);
      return { format, text: renderReport(report, format, known) };
    },
    "run.compare": (request) => compareRuns(reportOf, request),
    "kill.get": () => killStateOf(bus),
    "kill.set": ({ reason }, { name }) => turn(true, reason, name),
    "kill.clear": (_request, { name }) => turn(false, "", name),
    async "run.events"(request) {
      await runNamed(runs, request.id);
      return eventsOf(bus, request);
    },
    async "run.slices"(request) {
      const { config } = await specOf(runs, await runNamed(runs, request.id));
      return slicesOf(bus, config.spec.workers.pool, nodes.alive(), request);
    },
    async "run.results"(request) {
      await runNamed(runs, request.id);
      return resultsOf(bus, request);
    },
    async "run.logs"({ id, level, limit }) {
      await runNamed(runs, id);
      return { lines: logs.recent({ run: id, level }, limit) };
    },
    "series.list": (request) => listSeries(runs, request),
    "series.get": ({ id }) => seriesNamed(runs, id),
    "series.stop": led("series.stop"),
    "note.create": (request, { name }) => addNote(runs, request, name, clock.nowMs()),
    "note.list": async ({ id }) => ({ notes: await notesOf(runs, id) }),
    "note.update": (request) => updateNote(runs, request, clock.nowMs()),
    ...libraryReads(parts),
    ...settingsVerbs(parts),
    ...nodeVerbs(nodes),
    ...podVerbs(parts.cluster),
    "engine.list": async () => ({ engines: listEngines() }),
    "node.logs": async ({ node, level, limit }) => ({ lines: logs.recent({ node, level }, limit) }),
  };
}

/** A report that cannot be opened is there; whatever else went wrong, it is looked at whether there is a run. */
function unlessSealed(error: unknown): undefined {
  if (error instanceof LogburstError && error.code === "secret_unavailable") throw error;
}

/** @throws LogburstError `not_found` for a run that is not there, too */
async function noReport(runs: Bucket, id: string): Promise<LogburstError> {
  const { phase } = await runNamed(runs, id);
  return new LogburstError("not_found", `run ${id} has no report; it is ${phase}`, {
    remedies: [
      isFinal(phase) ? "it ended before there was anything to report" : "wait until the run is over",
    ],
  });
}

/** What a config would run. @throws ConfigProblems */
function summaryOf(text: string): AnswerOf<"config.validate"> {
  const submitted = readSubmitted(text);
  const { seed } = submitted.config.spec;
  const config = firstRunOf(submitted.config, submitted.document);
  const plan = planOf(config, seed ?? 0);
  const planned = plannedPerQuery(plan)?.reduce((sum, count) => sum + count, 0);
  const durationMs = plannedDurationMs(plan);
  return {
    name: config.metadata.name,
    model: plan.model,
    ...(durationMs !== undefined && { duration_ms: durationMs }),
    ...(planned !== undefined && { planned }),
    ...(plan.model === "closed" && { users: plan.users }),
    lanes: plan.lanes,
    slots_needed: plan.slotsNeeded,
    ...(seed !== undefined && { seed, schedule_hash: scheduleHash(config, plan) }),
    warnings: [],
  };
}

function nodeVerbs(nodes: NodeManager): Pick<Verbs, "node.list" | "node.get"> {
  return {
    async "node.list"({ limit, cursor, status }) {
      const wanted = nodes.statuses().filter((node) => status === undefined || node.status === status);
      const { entries, next } = pageOf(wanted, ({ node_id }) => node_id, limit, cursor);
      return { nodes: entries, ...next };
    },
    async "node.get"({ node }) {
      const known = nodes.statuses().find(({ node_id }) => node_id === node);
      if (known) return known;
      throw new LogburstError("not_found", `there is no node ${node}`, { remedies: ["list the nodes"] });
    },
  };
}
