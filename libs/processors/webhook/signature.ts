/** Signatures after Standard Webhooks: HMAC-SHA256 over id, time and body, so that nobody can forge, change or replay a message. */

import { createHmac } from "node:crypto";

/** A secret with this prefix is base64; any other one is taken as it is. */
const PREFIX = "whsec_";

/**
 * The headers of a message.
 * @param timestampS when it is sent, in whole seconds: receivers refuse what is old
 */
export function signedHeaders(
  id: string,
  timestampS: number,
  body: string,
  secret: string | undefined,
): Record<string, string> {
  const headers = { "webhook-id": id, "webhook-timestamp": String(timestampS) };
  if (secret === undefined) return headers;
  const key = secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), "base64")
    : Buffer.from(secret, "utf8");
  const mac = createHmac("sha256", key).update(`${id}.${timestampS}.${body}`).digest("base64");
  return { ...headers, "webhook-signature": `v1,${mac}` };
}
