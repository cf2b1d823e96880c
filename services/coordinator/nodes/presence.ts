/**
 * Who is gone is known at once: when a process dies, its connection closes, and nobody listens on its subject any more. A
 * heartbeat that stays away tells the same only seconds later, when slices that were to begin meanwhile are lost.
 */

import type { Bus } from "../../../libs/bus/bus.ts";
import type { Heartbeat } from "../../../libs/protocol/node.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { NodeManager } from "./node-manager.ts";

const ASK_INTERVAL_MS = 250;
/** No word for so long says nothing: the worker may be busy or frozen, or this process was not run. */
const ANSWER_LIMIT_MS = 1000;
/** A link that breaks is made anew within half a second; who is not there twice, with no word between, is gone. */
const UNHEARD_LIMIT = 2;
/** In a larger fleet each worker is asked less often. */
const MAX_ASKED_AT_ONCE = 200;

/** @param gone called once for a worker that is no longer there */
export function watchPresence(
  { bus, clock, nodes }: { bus: Bus; clock: Clock; nodes: NodeManager },
  gone: (heartbeat: Heartbeat) => void,
): { close(): void } {
  const unheard = new Map<string, number>();
  const asking = new Set<string>();
  let turn = 0;

  async function ask(heartbeat: Heartbeat): Promise<void> {
    const { node_id: node } = heartbeat;
    asking.add(node);
    const subject = bus.names.subjects.presence(node);
    const isHeard = await bus.isHeard(subject, ANSWER_LIMIT_MS).catch(() => undefined);
    asking.delete(node);
    if (isHeard === undefined) return;
    const times = isHeard ? 0 : (unheard.get(node) ?? 0) + 1;
    unheard.set(node, times);
    if (times === UNHEARD_LIMIT) gone(heartbeat);
  }

  function askAll(): void {
    if (!bus.isConnected()) return;
    const holders = nodes.alive().filter(({ held }) => Object.keys(held).length > 0);
    for (let count = 0; count < Math.min(holders.length, MAX_ASKED_AT_ONCE); count++) {
      const holder = holders[turn++ % holders.length] as Heartbeat;
      if (!asking.has(holder.node_id)) void ask(holder);
    }
    const alive = new Set(holders.map(({ node_id: node }) => node));
    for (const node of unheard.keys()) if (!alive.has(node)) unheard.delete(node);
  }

  return { close: clock.every(ASK_INTERVAL_MS, askAll) };
}
