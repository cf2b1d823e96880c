/** What a chart has besides its lines, whichever way it is drawn. */

import type { Band } from "./bands.ts";
import type { HeatColumn } from "./heat.ts";
import type { Limit } from "./limits.ts";
import type { Mark } from "./marks.ts";

export interface Heat {
  readonly columns: readonly HeatColumn[];
  readonly rangeMs: [number, number] | undefined;
  /** Of the fullest cell. */
  readonly mostPerSecond: number;
}

export interface Shown {
  readonly marks: readonly Mark[];
  readonly bands: readonly Band[];
  readonly limits: readonly Limit[];
  readonly heat?: Heat | undefined;
  /** The seconds that all charts beside this one begin and end with; its own where it is not given. */
  readonly span?: readonly [number, number] | undefined;
}
