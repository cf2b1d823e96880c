/**
 * Requests that come again with their key. The key stands in the bucket of runs with what makes the run's id, so whoever leads
 * comes to the same id, and a request whose answer was lost starts nothing a second time.
 */

import { createHash } from "node:crypto";
import { z } from "zod";
import type { Bucket } from "../../../libs/bus/bus.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { ID_TAILS } from "../../../libs/protocol/ids.ts";
import type { Origin } from "./intake.ts";

/** What is kept of a request; the bucket forgets it with its age, as it forgets runs. */
const Request = z.object({
  v: z.literal(1),
  stored_ms: z.number(),
  seq: z.number().int(),
  /** Of all that was asked. */
  hash: z.string(),
  /** Its run was deleted: it does not come back. */
  deleted: z.boolean().optional(),
});
type Request = z.infer<typeof Request>;

const bucketKey = (name: string) => `key.${name}`;
const hashOf = (...texts: readonly string[]) =>
  createHash("sha256").update(JSON.stringify(texts)).digest("base64url");

/** A key as the run's record keeps it: of one caller's, and no secret. */
export function keyName(caller: string, key: string): string {
  return hashOf(caller, key);
}

/**
 * Where a request came in for the first time.
 * @param asked all that makes it this request
 * @throws LogburstError `key_reused`, `conflict` when its run was deleted
 */
export async function originOf(
  runs: Bucket,
  name: string,
  asked: string,
  { nowMs, random }: { nowMs: number; random: number },
): Promise<Origin> {
  const hash = hashOf(asked);
  const mine: Request = { v: 1, stored_ms: nowMs, seq: Math.floor(random * ID_TAILS), hash };
  const isNew = (await runs.create(bucketKey(name), mine)) !== undefined;
  const stored = isNew ? mine : await requestOf(runs, name);
  if (stored?.hash !== hash) {
    throw new LogburstError("key_reused", "the idempotency key came before, with another request", {
      remedies: ["use a new key for each request, and the same one only to ask again"],
    });
  }
  if (stored.deleted) {
    throw new LogburstError("conflict", "the run of this idempotency key was deleted", {
      remedies: ["use a new key to run it again"],
    });
  }
  return { seq: stored.seq, storedMs: stored.stored_ms };
}

/** A key whose run is deleted means no run from now on. */
export async function retireKey(runs: Bucket, name: string): Promise<void> {
  const stored = await requestOf(runs, name);
  if (stored) await runs.put(bucketKey(name), { ...stored, deleted: true });
}

async function requestOf(runs: Bucket, name: string): Promise<Request | undefined> {
  const parsed = parseObject(Request, (await runs.get(bucketKey(name)))?.value);
  return parsed.ok ? parsed.value : undefined;
}
