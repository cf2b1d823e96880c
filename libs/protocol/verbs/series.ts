/** The verbs about series of runs: a part of the table of verbs. */

import { SeriesRecord } from "../series.ts";
import * as answers from "./answers.ts";
import * as requests from "./requests.ts";
import type { Verb } from "./verb.ts";

export const SERIES_VERBS = {
  "series.list": {
    summary: "List series of runs, the newest first: repeats and searches",
    method: "get",
    path: "/series",
    request: requests.ListSeries,
    answer: answers.SeriesPage,
    status: 200,
  },
  "series.get": {
    summary: "Show a series: its runs so far, and what a search has found",
    method: "get",
    path: "/series/{id}",
    request: requests.OneSeries,
    answer: SeriesRecord,
    status: 200,
    key: "series",
  },
  "series.stop": {
    summary: "Stop a series: the run that is live is stopped in order, and none follows",
    method: "post",
    path: "/series/{id}/stop",
    request: requests.StopSeries,
    answer: SeriesRecord,
    status: 202,
    key: "series",
    leads: true,
  },
} as const satisfies Readonly<Record<string, Verb>>;
