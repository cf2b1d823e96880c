/** What is open, on our side and on the server's: handles and timers of this process, subscriptions, consumers, connections. */

import { get } from "node:http";
import { z } from "zod";
import { parseObject } from "../../libs/protocol/door.ts";

/** Numbers by name. */
export type Counts = Readonly<Record<string, number>>;

const Jsz = z.object({ streams: z.number(), consumers: z.number() });
const Subsz = z.object({ num_subscriptions: z.number() });
const Connz = z.object({
  num_connections: z.number(),
  connections: z.array(z.object({ name: z.string().optional(), subscriptions: z.number() })),
});

/** Everything that is open at this moment. */
export async function countOpen(monitorUrl: string): Promise<Counts> {
  const [jsz, subsz, connz] = [
    await page(`${monitorUrl}/jsz`, Jsz),
    await page(`${monitorUrl}/subsz`, Subsz),
    await page(`${monitorUrl}/connz`, Connz),
  ];
  const counts: Record<string, number> = {
    "server: streams": jsz.streams,
    "server: consumers": jsz.consumers,
    "server: subscriptions": subsz.num_subscriptions,
    "server: connections": connz.num_connections,
  };
  for (const { name, subscriptions } of connz.connections)
    counts[`server: subscriptions of ${name ?? "?"}`] = subscriptions;
  for (const kind of process.getActiveResourcesInfo()) {
    const name = `process: ${kind}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** The names whose numbers differ, with both numbers. */
export function differencesOf(before: Counts, after: Counts): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => (before[name] ?? 0) !== (after[name] ?? 0))
    .map((name) => `${name}: ${before[name] ?? 0} before, ${after[name] ?? 0} after`);
}

/** A page of the server's monitoring, over a connection that does not stay open. */
function page<T>(url: string, schema: z.ZodType<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, async (response) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        const parsed = parseObject(schema, JSON.parse(Buffer.concat(chunks).toString("utf8")));
        if (parsed.ok) resolve(parsed.value);
        else reject(new Error(`${url} ${parsed.reason}`));
      } catch (error) {
        reject(error);
      }
    }).on("error", reject);
  });
}
