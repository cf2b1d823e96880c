/**
 * Watches on etcd. The watchers of a lane are a group: when all of them are open, its writers write so many events, and every watcher
 * must be sent all of them, once, in order. Writers and watchers are in one process, so one clock says how long an event took.
 */

import { compileTemplate, drawerOf } from "../../load/draw.ts";
import type { Variable } from "../../protocol/config/queries.ts";
import type { AskedQuery } from "../../protocol/config/sides.ts";
import { clientTimeoutMs } from "../../protocol/config/timeouts.ts";
import type { CompiledQuery, Delivered, Outcome, PreparedQuery } from "../engine.ts";
import type { HttpRequest } from "../http/request.ts";
import { base64, below, explain, PATHS } from "./gateway.ts";
import type { EtcdParts } from "./parts.ts";
import { eventValue, scanWatch, type WatchScan } from "./watch-stream.ts";

export interface WatchQuery extends PreparedQuery {
  readonly isStream: true;
  /** Below it the events are written. */
  readonly prefix: string;
  readonly events: number;
  readonly watchers: number;
  readonly writers: number;
  readonly timeoutMs: number;
}

export interface Watches {
  compile(query: AskedQuery, shared: Readonly<Record<string, Variable>>): CompiledQuery;
  subscribe(query: WatchQuery, delivered: Delivered, done: (outcome: Outcome) => void): void;
}

/** Watchers that wait for each other, and what they then are sent. */
interface Group {
  /** Its events are told from those of another attempt by it. */
  readonly token: string;
  /** From here on events are of this group. */
  readonly revision: Promise<number>;
  joined: number;
  open: number;
  created: number;
  /** Why there will be no more events. */
  failure: string | undefined;
}

export function createWatches({ driver, keys, gateway, call, now, target }: EtcdParts): Watches {
  /** By prefix: the group that is not complete yet. */
  const gathering = new Map<string, Group>();
  let groups = 0;

  function groupFor({ prefix, watchers }: WatchQuery): Group {
    let group = gathering.get(prefix);
    if (!group) {
      const revision = currentRevision(prefix);
      // Each watcher hears of it by itself.
      revision.catch(() => undefined);
      group = { token: `${now()}-${groups++}`, revision, joined: 0, open: 0, created: 0, failure: undefined };
      gathering.set(prefix, group);
    }
    group.joined++;
    if (group.joined >= watchers) gathering.delete(prefix);
    return group;
  }

  async function currentRevision(prefix: string): Promise<number> {
    const answer = (await call.ask(PATHS.range, { ...below(prefix), count_only: true })) as {
      header?: { revision?: string };
    };
    return Number(answer.header?.revision ?? 0);
  }

  function subscribe(query: WatchQuery, delivered: Delivered, done: (outcome: Outcome) => void): void {
    const group = groupFor(query);
    const joinedMs = now();
    group.open++;
    const end = (outcome: Outcome) => {
      group.open--;
      done(outcome);
    };
    group.revision.then(
      (revision) => open(query, group, revision, delivered, end),
      (error: unknown) => {
        const message = (error as Error).message;
        end({
          ...NOTHING,
          outcome: "protocol",
          sentMs: joinedMs,
          doneMs: now(),
          detail: "no revision",
          message,
        });
      },
    );
  }

  function open(
    query: WatchQuery,
    group: Group,
    revision: number,
    delivered: Delivered,
    done: (outcome: Outcome) => void,
  ): void {
    const { prefix, events, timeoutMs, describe } = query;
    const scan = scanWatch(events, group.token, {
      created() {
        group.created++;
        if (group.created === query.watchers) void write(query, group);
      },
      event: (sentMs) => delivered(sentMs, now()),
      isGivenUp: () => group.failure !== undefined,
    });
    const create_request = { ...below(prefix), start_revision: String(revision + 1) };
    const request: HttpRequest = {
      ...{ method: "POST", path: gateway + PATHS.watch, headers: call.headers() },
      ...{ body: JSON.stringify({ create_request }), scan: () => scan, timeoutMs, explain, describe },
    };
    driver.send(request, (outcome) => done(judge(outcome, scan, group.failure)));
  }

  /** The writers of a group: each writes the next event when its last one is there. */
  async function write({ prefix, events, writers }: WatchQuery, group: Group): Promise<void> {
    let next = 0;
    async function writer(): Promise<void> {
      while (next < events && group.open > 0 && group.failure === undefined) {
        const number = next++;
        const value = base64(eventValue(group.token, number, now()));
        await call.ask(PATHS.put, { key: base64(`${prefix}${number}`), value });
      }
    }
    try {
      await Promise.all(Array.from({ length: writers }, writer));
    } catch (error) {
      group.failure = (error as Error).message;
    }
  }

  return {
    compile(query, shared) {
      const draw = drawerOf(query, shared);
      const template = compileTemplate(query.template);
      const { events, watchers = 1, writers = 1 } = query.params;
      const timeoutMs = clientTimeoutMs(query, target);
      return {
        prepare(context, arrival): WatchQuery {
          const prefix = `${keys.watched(arrival.lane)}${template(draw(context, arrival).values)}/`;
          return {
            ...{ isStream: true, prefix, timeoutMs, describe: () => `watch ${prefix}` },
            ...{ events: Number(events), watchers: Number(watchers), writers: Number(writers) },
          };
        },
      };
    },
    subscribe,
  };
}

const NOTHING = { bytes: 0, rows: 0 };

/** A watch that ended by itself, or was ended because all had come, is good if what came is what was written. */
function judge(
  { outcome, sentMs, doneMs, bytes, detail, message }: Outcome,
  scan: WatchScan,
  failure?: string,
): Outcome {
  const common = { sentMs, doneMs, bytes, rows: scan.rows() };
  const wrong = scan.wrong();
  if (outcome === "ok" && !wrong) return { ...common, outcome, detail: "", message: "" };
  if (outcome === "ok" || outcome === "protocol") {
    const words = failure === undefined ? (wrong?.message ?? message) : `the writer failed: ${failure}`;
    return { ...common, outcome: "expect", detail: wrong?.detail ?? detail, message: words };
  }
  return { ...common, outcome, detail, message: `${message}; ${wrong?.message ?? "all events came"}` };
}
