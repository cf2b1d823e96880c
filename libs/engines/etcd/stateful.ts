/** What a run leaves on etcd: keys that are there before it, counters that are read after it, all of it removed at its end. */

import { base64, below, PATHS } from "./gateway.ts";
import { fillerOf } from "./operations.ts";
import type { Call, EtcdOptions } from "./parts.ts";

/** etcd takes no more operations in one transaction. */
const MOST_IN_TXN = 128;

/** Writes the keys 0 to one less than there are; any worker may, and all of them write the same. */
export async function fillKeys(call: Call, prefix: string, { keys, valueBytes }: EtcdOptions): Promise<void> {
  const value = fillerOf(valueBytes);
  for (let first = 0; first < keys; first += MOST_IN_TXN) {
    const success = Array.from({ length: Math.min(MOST_IN_TXN, keys - first) }, (_, at) => ({
      request_put: { key: base64(`${prefix}${first + at}`), value },
    }));
    await call.ask(PATHS.txn, { success });
  }
}

/** How often all keys below a prefix were written, together. */
export async function sumOfVersions(call: Call, prefix: string): Promise<number> {
  const { kvs = [] } = (await call.ask(PATHS.range, { ...below(prefix), keys_only: true })) as {
    kvs?: readonly { readonly version?: string }[];
  };
  return kvs.reduce((sum, { version }) => sum + Number(version ?? 0), 0);
}

/** Removes all keys below a prefix, and counts what is left. */
export async function removeKeys(call: Call, prefix: string): Promise<{ removed: number; left: number }> {
  const { deleted = "0" } = (await call.ask(PATHS.delete, below(prefix))) as { deleted?: string };
  const { count = "0" } = (await call.ask(PATHS.range, { ...below(prefix), count_only: true })) as {
    count?: string;
  };
  return { removed: Number(deleted), left: Number(count) };
}
