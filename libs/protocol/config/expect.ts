/** The `expect` part of a query: what a right answer is. */

import { z } from "zod";

const Bytes = z.number().int().min(0).max(1_000_000_000_000);
const Part = z.string().min(1).max(1000);
const Rows = z.number().int().min(0).max(1_000_000_000);

export const Expect = z.strictObject({
  status: z.number().int().min(200).max(599).default(200),
  min_rows: Rows.optional().describe("rows, or items of the endpoints that answer with an object"),
  max_rows: Rows.optional(),
  min_bytes: Bytes.optional().describe("of the body, as it comes over the wire"),
  max_bytes: Bytes.optional(),
  contains: Part.optional().describe("a text that must stand in the body"),
  excludes: Part.optional().describe("a text that must not stand in the body"),
  hash: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional()
    .describe(
      "of the rows in any order; only of a query that is always the same. A wrong one is answered with the right one",
    ),
});
export type Expect = z.infer<typeof Expect>;
