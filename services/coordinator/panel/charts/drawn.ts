/**
 * All that the charts of a run are drawn of, whether it goes on or is over. What is in this folder and in `frame` knows no
 * store and asks no server: a page that is one file with its figures in it can be made of the same parts.
 */

import type { FleetPoint } from "../../../../libs/protocol/fleet.ts";
import type { LiveServer } from "../../../../libs/protocol/server.ts";
import type { Band } from "./bands.ts";
import type { Columns } from "./columns.ts";
import type { HeatColumn } from "./heat.ts";
import type { Limits } from "./limits.ts";
import type { Mark } from "./marks.ts";
import type { QueryColumns } from "./query-columns.ts";

export interface Drawn {
  readonly columns: Columns;
  readonly heat: readonly HeatColumn[];
  readonly fleet: readonly FleetPoint[];
  readonly servers: readonly LiveServer[];
  readonly marks: readonly Mark[];
  readonly bands: readonly Band[];
  readonly limits: Limits;
  /** Whether the load is one of users. */
  readonly isClosed: boolean;
  /** What is planned is drawn as the plan asked for it: the books of a live run know of those alone that are settled. */
  readonly isAsked: boolean;
  readonly only: OneQuery | undefined;
}

/** The one query that the charts are narrowed to. */
export interface OneQuery {
  readonly name: string;
  /** Over time, where it is kept. */
  readonly kept: Pick<Drawn, "columns" | "heat"> | undefined;
  /** Of any other one, when the run is over. */
  readonly blocks: QueryColumns | undefined;
}
