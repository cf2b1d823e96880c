/** Snapshots of live runs: what the fold knows, with the places in the logs up to which it knows it. */

import { z } from "zod";
import { type Objects, snapshotName } from "../../libs/bus/bus.ts";
import { type RunFold, RunFoldSnapshot } from "../../libs/fold/run-fold.ts";
import { parseObject } from "../../libs/protocol/door.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import type { Log } from "../../libs/runtime/log.ts";

/** Places in the logs of results and events: everything up to them was heard. */
export interface Places {
  readonly results: number;
  readonly events: number;
}

const Snapshot = z.object({
  /** Another version is another fold: it is passed over, and the logs are folded from their beginning. */
  v: z.literal(5),
  run: z.string(),
  revision: z.number(),
  places: z.object({ results: z.number(), events: z.number() }),
  fold: RunFoldSnapshot,
});
type Snapshot = z.infer<typeof Snapshot>;

/** A larger one would hold up the fold for too long; the log is folded from where the last one ends. */
const MAX_SNAPSHOT_CHARS = 32_000_000;

export interface Snapshots {
  load(run: string, revision: number): Promise<Snapshot | undefined>;
  /** Writes a run's snapshot, unless nothing has changed. Resolves with its length when it is stored, or cannot be. */
  save(fold: RunFold, revision: number, places: Places): Promise<number>;
  /** The run is over. */
  drop(run: string): Promise<void>;
}

export function createSnapshots(objects: Objects, log: Log): Snapshots {
  /** The last write of each live run, and what it wrote. */
  const writes = new Map<string, { known: string; done: Promise<void> }>();

  function complain(run: string, what: string, error: unknown): void {
    log.warn({ run_id: run, err: messageOf(error) }, what);
  }

  async function write(run: string, text: string): Promise<void> {
    if (text.length > MAX_SNAPSHOT_CHARS) {
      log.warn({ run_id: run, chars: text.length }, "the snapshot is too large; the last one stays");
      return;
    }
    await objects
      .put(snapshotName(run), text)
      .catch((error: unknown) => complain(run, "the snapshot could not be stored", error));
  }

  return {
    async load(run, revision) {
      try {
        const text = await objects.get(snapshotName(run));
        if (text === undefined) return undefined;
        const parsed = parseObject(Snapshot, JSON.parse(text));
        if (!parsed.ok) throw new Error(parsed.reason);
        if (parsed.value.run === run && parsed.value.revision === revision) return parsed.value;
        throw new Error("it is of another run");
      } catch (error) {
        complain(run, "the snapshot cannot be read; the log is folded from its beginning", error);
        return undefined;
      }
    },
    async save(fold, revision, places) {
      const { id } = fold;
      const known = `${fold.lastSeq()} ${fold.history.lastSeq()}`;
      if (writes.get(id)?.known === known) return 0;
      const snapshot: Snapshot = { v: 5, run: id, revision, places, fold: fold.toSnapshot() };
      const text = JSON.stringify(snapshot);
      const done = write(id, text);
      writes.set(id, { known, done });
      await done;
      return text.length;
    },
    async drop(run) {
      await writes.get(run)?.done;
      writes.delete(run);
      await objects.delete(snapshotName(run)).catch(() => undefined);
    },
  };
}
