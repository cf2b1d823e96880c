/**
 * Two targets at once: how a config writes its two sides, and the queries that come of it. Everything behind the door of
 * configs knows queries alone: each one twice, once for each side.
 */

import { z } from "zod";
import { Expect } from "./expect.ts";
import { QUERY_LIMITS, type Query, Scalar } from "./queries.ts";
import { Target } from "./target.ts";

/** The sides in their order: the first is the baseline of the other. */
export const SIDES = ["a", "b"] as const;
export type Side = (typeof SIDES)[number];

/** What a side asks in place of what stands in the query. */
const Override = z.strictObject({
  template: z.string().min(1).max(QUERY_LIMITS.templateChars).optional(),
  params: z
    .record(z.string(), Scalar)
    .optional()
    .describe("in place of the query's of the same name; its others stay"),
  limit: z.number().int().min(0).max(10_000_000).optional(),
  expect: Expect.optional(),
});

const SideTarget = Target.extend({
  queries: z
    .record(z.string(), Override)
    .default({})
    .describe("by the name of a query: what this side asks otherwise, such as another template"),
});
export type SideTarget = z.infer<typeof SideTarget>;

export const Targets = z.strictObject({ a: SideTarget, b: SideTarget });
export type Targets = z.infer<typeof Targets>;

/** A query as it is asked: in a paired run it is of one side. */
export type AskedQuery = Query & {
  readonly pair?: {
    readonly side: Side;
    /** As they are written, for both sides. */
    readonly name: string;
    readonly category: string;
    /** The templates of the other side: a variable that one side uses is drawn for both, so that both draw the same. */
    readonly others: readonly string[];
  };
};

/** What one side asks in a query's place. */
export function askedBy({ queries }: SideTarget, query: Query): Query {
  const { params, ...others } = queries[query.name] ?? {};
  return { ...query, ...others, params: { ...query.params, ...params } };
}

/** Each query twice, side by side. */
export function pairQueries(queries: readonly Query[], targets: Targets): AskedQuery[] {
  return queries.flatMap((query) => {
    const asked = { a: askedBy(targets.a, query), b: askedBy(targets.b, query) };
    return SIDES.map((side) => {
      const { name, category } = query;
      const others = templatesOf(asked[side === "a" ? "b" : "a"]);
      return {
        ...asked[side],
        name: nameOfSide(name, side),
        category: nameOfSide(category, side),
        pair: { side, name, category, others },
      };
    });
  });
}

/** How one side of a query, or of a category, is called. */
function nameOfSide(name: string, side: Side): string {
  return `${name}@${side}`;
}

/** The texts of a query in which variables may stand. */
export function templatesOf({ template, params }: Query): string[] {
  return [template, ...Object.values(params).map(String)];
}

/** Whether a name is a query's: its own, or the one that both of its sides have. */
export function isNamed({ name, pair }: AskedQuery, wanted: string): boolean {
  return name === wanted || pair?.name === wanted;
}

/** The same of a category. */
export function isOfCategory({ category, pair }: AskedQuery, wanted: string): boolean {
  return category === wanted || pair?.category === wanted;
}

/** What of a config says where its queries go. */
export interface Aimed {
  /** In a paired run that of the first side. */
  readonly target: Target;
  readonly targets?: Targets | undefined;
}

/** The queries as they are written: one of each pair. */
export function writtenQueries({ queries }: { readonly queries: readonly AskedQuery[] }): AskedQuery[] {
  return queries.filter(({ pair }) => pair === undefined || pair.side === "a");
}

/** The target that a query is asked of. */
export function targetOf({ target, targets }: Aimed, { pair }: AskedQuery): Target {
  return pair && targets ? targets[pair.side] : target;
}

/** All targets with the places where they are written: one, or those of both sides. */
export function targetsOf({ target, targets }: Aimed): { readonly path: string; readonly target: Target }[] {
  if (!targets) return [{ path: "spec.target", target }];
  return SIDES.map((side) => ({ path: `spec.targets.${side}`, target: targets[side] }));
}

/** Where the queries go, in words. */
export function addressesOf(spec: Aimed): string {
  return targetsOf(spec)
    .map(({ target }) => target.url)
    .join(" and ");
}
