/** Listens to server-sent events, as a browser does. */

import assert from "node:assert/strict";
import { request } from "undici";

export interface Heard {
  readonly event: string;
  readonly id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what a stream carries is the test's affair
  readonly data: any;
}

/** The events of a stream until it ends, or until the caller has heard enough. */
export async function* listenTo(url: string, lastEventId?: string): AsyncGenerator<Heard> {
  const headers = { ...(lastEventId !== undefined && { "last-event-id": lastEventId }) };
  const { statusCode, headers: answered, body } = await request(url, { headers, bodyTimeout: 0 });
  assert.equal(statusCode, 200, `${url} answered ${statusCode}`);
  assert.match(String(answered["content-type"]), /^text\/event-stream/);
  let text = "";
  for await (const chunk of body) {
    text += String(chunk);
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
      const event = field("event");
      if (event !== undefined) yield { event, id: field("id"), data: JSON.parse(field("data") ?? "null") };
    }
  }
}
