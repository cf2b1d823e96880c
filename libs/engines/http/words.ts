/** A query's text and arguments as functions of what was drawn for it: once to be sent, once to be shown. */

import { compileTemplate, type Scalar } from "../../load/draw.ts";
import type { Query } from "../../protocol/config/queries.ts";

type Values = Readonly<Record<string, Scalar>>;

/** Text of a query whose variables are filled in. */
export type Writer = (values: Values) => string;

export const asIs = (text: string): string => text;
/** Half a character, as JSON can write one, is sent as every encoder sends it: as the sign for what is none. */
export const asArgument = (text: string): string => encodeURIComponent(text.toWellFormed());

/** The arguments `params`, in the order in which they are written. */
export function compileParams(
  { params }: Query,
  encode: (text: string) => string,
): readonly (readonly [string, Writer])[] {
  return Object.entries(params).map(([name, text]) => [name, compileTemplate(String(text), encode)] as const);
}

/** One argument's text; undefined where the query does not give it. */
export function compileParam({ params }: Query, name: string, encode = asIs): Writer | undefined {
  const value = params[name];
  return value === undefined ? undefined : compileTemplate(String(value), encode);
}
