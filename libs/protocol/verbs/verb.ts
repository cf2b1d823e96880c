/** What a verb is: one thing that can be asked of a coordinator, over HTTP and over NATS alike. */

import type { z } from "zod";

export interface Verb {
  /** One line for the documents. */
  readonly summary: string;
  readonly method: "get" | "post" | "patch" | "delete";
  /** Below `/api/v1`; what stands in braces is a field of the request. */
  readonly path: string;
  /** Every field of a request, wherever it stands: in the path, in the query, in the body. Over NATS it is the message. */
  readonly request: z.ZodObject;
  /** The body is a document as it is written, in YAML or JSON, and this field of the request. */
  readonly body?: "config" | "document";
  /** Request headers and the fields that they fill. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly answer: z.ZodObject;
  readonly status: 200 | 201 | 202;
  /** The key of an answer over NATS; where there is none, its fields stand beside `ok`. */
  readonly key?: string;
  /** Only the leader can do it: one that stands by hands it on. */
  readonly leads?: true;
  /** Over HTTP the answer is this field as it is, in a form that the field `format` of the request names. */
  readonly rendered?: true;
}

/** Names of the fields that stand in a verb's path. */
export function pathFields({ path }: Pick<Verb, "path">): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}

/** Whether the fields that are not in the path stand in a JSON body rather than in the query. */
export function hasJsonBody({ method, body }: Verb): boolean {
  return body === undefined && (method === "post" || method === "patch");
}

/** Below this stand all verbs over HTTP. */
export const API_ROOT = "/api/v1";
