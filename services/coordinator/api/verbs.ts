/** What can be asked of a coordinator. The leader does it; one that stands by reads for itself and hands on what changes a run. */

import { type Bucket, type Bus, type Objects, reportName } from "../../../libs/bus/bus.ts";
import { errorOf, RunReply } from "../../../libs/protocol/api.ts";
import { parseMessage, parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { byTime } from "../../../libs/protocol/ids.ts";
import type { NodeStatus } from "../../../libs/protocol/node.ts";
import { RunRecord, runKey } from "../../../libs/protocol/run.ts";
import type { NodeManager } from "../nodes/node-manager.ts";

/** The verbs that change something. */
export interface LeadingVerbs {
  /** @param text the config @throws LogburstError `bad_config` with the problems, `too_many_runs` */
  create(text: string): Promise<RunRecord>;
  stop(id: string, reason: string): Promise<RunRecord>;
}

/** The verbs that REST and NATS both offer. */
export interface Verbs extends LeadingVerbs {
  get(id: string): Promise<RunRecord>;
  list(): Promise<RunRecord[]>;
  report(id: string): Promise<string>;
  nodes(): NodeStatus[];
}

/** Runs that a list shows. */
const MAX_LISTED = 500;
/** The leader answers within this, or there is none. */
const LEADER_TIMEOUT_MS = 5000;

export interface VerbParts {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly reports: Objects;
  readonly nodes: NodeManager;
}

/** @param leadership the leader in this process, if it leads */
export function createVerbs(parts: VerbParts, leadership: () => LeadingVerbs | undefined): Verbs {
  const { bus, runs, reports, nodes } = parts;
  const remote = remoteVerbs(bus);
  const leader = () => leadership() ?? remote;

  async function get(id: string): Promise<RunRecord> {
    const parsed = parseObject(RunRecord, (await runs.get(runKey(id)).catch(() => undefined))?.value);
    if (parsed.ok) return parsed.value;
    throw new LogburstError("not_found", `there is no run ${id}`, { remedies: ["list the runs"] });
  }

  return {
    create: (text) => leader().create(text),
    stop: (id, reason) => leader().stop(id, reason),
    get,
    async list() {
      const keys = (await runs.keys(runKey("*"))).sort(byTime).slice(-MAX_LISTED);
      const ids = keys.map((key) => key.slice(runKey("").length));
      const records = await Promise.all(ids.map((id) => get(id).catch(() => undefined)));
      return records.filter((record) => record !== undefined).sort((a, b) => b.created_ms - a.created_ms);
    },
    async report(id) {
      const text = await reports.get(reportName(id)).catch(() => undefined);
      if (text !== undefined) return text;
      throw new LogburstError("not_found", `run ${id} has no report`, {
        remedies: ["wait until the run is over"],
      });
    },
    nodes: nodes.statuses,
  };
}

/** The leader's verbs, asked for over the bus. */
function remoteVerbs(bus: Bus): LeadingVerbs {
  async function ask(verb: "run.create" | "run.stop", payload: string): Promise<RunRecord> {
    const answer = await bus.request(bus.names.subjects.api(verb), payload, LEADER_TIMEOUT_MS);
    const reply = parseMessage(RunReply, answer);
    if (!reply.ok) throw new LogburstError("internal", `the leader's answer ${reply.reason}`);
    if (reply.value.ok) return reply.value.run;
    throw errorOf(reply.value);
  }
  return { create: (text) => ask("run.create", text), stop: (id) => ask("run.stop", id) };
}
