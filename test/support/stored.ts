/** Everything that any stream, bucket or object store holds, as text: what a test searches for what must not be there. */

import type { NatsConnection } from "nats";

export async function everythingStored(nats: NatsConnection): Promise<string> {
  const manager = await nats.jetstreamManager();
  const texts: string[] = [];
  for await (const { config, state } of manager.streams.list()) {
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await manager.streams.getMessage(config.name, { seq }).catch(() => undefined);
      if (!message) continue;
      texts.push(message.subject, Buffer.from(message.data).toString("latin1"), String(message.header ?? ""));
    }
  }
  return texts.join("\n");
}
