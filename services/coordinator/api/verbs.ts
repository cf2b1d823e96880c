/** What can be asked of a coordinator. The leader does it; one that stands by reads for itself and hands on what changes a run. */

import { type Bucket, type Bus, type Objects, reportName } from "../../../libs/bus/bus.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import type { ApiVerb } from "../../../libs/protocol/names.ts";
import { Report } from "../../../libs/protocol/report.ts";
import { RunRecord, runKey } from "../../../libs/protocol/run.ts";
import type { AnswerOf, LeadingVerb, RequestOf } from "../../../libs/protocol/verbs/table.ts";
import { renderReport } from "../../../libs/report/formats.ts";
import type { NodeManager } from "../nodes/node-manager.ts";
import type { Caller } from "./guard.ts";
import { handOn } from "./hand-on.ts";
import { pageOf } from "./page.ts";
import { listRuns } from "./run-list.ts";

export type Handler<V extends ApiVerb> = (request: RequestOf<V>, caller: Caller) => Promise<AnswerOf<V>>;
export type Verbs = { readonly [V in ApiVerb]: Handler<V> };

/** The verbs that the leader alone can do. */
export type LeadingVerbs = Pick<Verbs, LeadingVerb>;

export interface VerbParts {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly reports: Objects;
  readonly nodes: NodeManager;
}

/** @param leading the leader's verbs in this process, while it leads */
export function createVerbs(parts: VerbParts, leading: () => LeadingVerbs | undefined): Verbs {
  const { bus, runs, reports, nodes } = parts;

  /** Done here by the leader, or handed on to it. */
  const led =
    <V extends LeadingVerb>(verb: V): Handler<V> =>
    async (request, caller) => {
      const here = leading();
      return here ? (here[verb] as Handler<V>)(request, caller) : handOn(bus, verb, request, caller);
    };

  return {
    "run.create": led("run.create"),
    "run.stop": led("run.stop"),
    "run.get": ({ id }) => runNamed(runs, id),
    "run.list": (request) => listRuns(runs, request),
    async "run.report"({ id, format }) {
      const text = await reports.get(reportName(id)).catch(() => undefined);
      if (text === undefined) throw noReport(id);
      const report = Report.parse(JSON.parse(text));
      return { format, text: renderReport(report, format) };
    },
    async "node.list"({ limit, cursor }) {
      const { entries, next_cursor } = pageOf(nodes.statuses(), ({ node_id }) => node_id, limit, cursor);
      return { nodes: entries, ...(next_cursor !== undefined && { next_cursor }) };
    },
  };
}

/** @throws LogburstError `not_found` */
async function runNamed(runs: Bucket, id: string): Promise<RunRecord> {
  const parsed = parseObject(RunRecord, (await runs.get(runKey(id)).catch(() => undefined))?.value);
  if (parsed.ok) return parsed.value;
  throw new LogburstError("not_found", `there is no run ${id}`, { remedies: ["list the runs"] });
}

function noReport(id: string): LogburstError {
  return new LogburstError("not_found", `run ${id} has no report`, {
    remedies: ["wait until the run is over"],
  });
}
