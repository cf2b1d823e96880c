/** Which deliveries a worker takes up: those that are slices, and that no leader published after it was deposed. */

import type { SliceDelivery } from "../../../libs/bus/bus.ts";
import { parseMessage } from "../../../libs/protocol/door.ts";
import type { Control } from "../../../libs/protocol/run.ts";
import { Slice } from "../../../libs/protocol/slice.ts";

/** A leader took over: what a leader of a lower epoch put into the queue behind this place is void. */
interface Fence {
  readonly epoch: number;
  seq: number;
}

export interface Admission {
  /** The slice that was delivered; undefined where it was refused, with its delivery terminated. */
  admit(delivery: SliceDelivery): Slice | undefined;
  /** Learns from a leader's word where its epoch begins. @returns whether it counts: a deposed leader's does not */
  hear(control: Pick<Control, "epoch" | "fence_seq">): boolean;
}

/** Fences that are remembered: slices live for seconds, so the last few leaders are all that matters. */
const MAX_FENCES = 16;

/** @param onRefused is told of every delivery that was refused, and why */
export function createAdmission(onRefused: (subject: string, reason: string) => void): Admission {
  /** By epoch, the lowest first. */
  const fences: Fence[] = [];

  const highestEpoch = () => fences.at(-1)?.epoch ?? 0;

  /** An epoch's fence is before everything that was published in it. */
  function learn(epoch: number, seq: number): void {
    const known = fences.find((fence) => fence.epoch === epoch);
    if (known) {
      known.seq = Math.min(known.seq, seq);
    } else if (epoch > highestEpoch()) {
      fences.push({ epoch, seq });
      if (fences.length > MAX_FENCES) fences.shift();
    }
  }

  function refuse(delivery: SliceDelivery, reason: string, words: string): undefined {
    onRefused(delivery.subject, reason);
    delivery.terminate(words);
  }

  return {
    admit(delivery) {
      const parsed = parseMessage(Slice, delivery.data);
      if (!parsed.ok) return refuse(delivery, parsed.reason, "not a slice");
      const { epoch } = parsed.value;
      const fence = fences.find((later) => later.epoch > epoch && delivery.seq > later.seq);
      if (fence) {
        const reason = `epoch ${epoch} ended at ${fence.seq}, where epoch ${fence.epoch} began`;
        return refuse(delivery, `${reason}; this is ${delivery.seq}`, "deposed leader");
      }
      learn(epoch, delivery.seq);
      return parsed.value;
    },
    hear({ epoch, fence_seq: fenceSeq }) {
      if (epoch < highestEpoch()) return false;
      learn(epoch, fenceSeq);
      return true;
    },
  };
}
