/** What an engine from outside needs of a query: its texts and its time range, drawn for one arrival. */

import { type Arrival, compileTemplate, type Draw, type DrawContext, drawerOf } from "../load/draw.ts";
import type { Variable } from "../protocol/config/queries.ts";
import type { AskedQuery } from "../protocol/config/sides.ts";

export interface Texts {
  readonly template: string;
  readonly params: Readonly<Record<string, string>>;
  readonly range: Draw["range"];
}

/** Compiles a query once to what it asks at each of its arrivals: the same on any worker, and at any attempt. */
export function compileTexts(
  query: AskedQuery,
  shared: Readonly<Record<string, Variable>>,
): (context: DrawContext, arrival: Arrival) => Texts {
  const draw = drawerOf(query, shared);
  const template = compileTemplate(query.template);
  const params = Object.entries(query.params).map(
    ([name, text]) => [name, compileTemplate(String(text))] as const,
  );
  return (context, arrival) => {
    const { values, range } = draw(context, arrival);
    return {
      template: template(values),
      params: Object.fromEntries(params.map(([name, write]) => [name, write(values)])),
      range,
    };
  };
}
