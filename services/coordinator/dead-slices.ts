/** JetStream's advisories about slices that it gave up. The field names are the server's. */

import { z } from "zod";

/** `io.nats.jetstream.advisory.v1.max_deliver` and `…terminated`, as far as they are used. */
export const DeadAdvisory = z.object({
  type: z.string(),
  stream: z.string(),
  stream_seq: z.number().int().positive(),
  deliveries: z.number().int().nonnegative(),
  reason: z.string().optional(),
});
export type DeadAdvisory = z.infer<typeof DeadAdvisory>;
