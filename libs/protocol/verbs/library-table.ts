/** The verbs about the library, what is executed of it, and schedules. */

import { z } from "zod";
import { LibraryEntry, ScheduleStatus } from "../library/entry.ts";
import { Execution } from "../library/execution.ts";
import { RunRecord } from "../run.ts";
import * as requests from "./library-requests.ts";
import { KEY_HEADER, Nothing } from "./requests.ts";
import type { Verb } from "./verb.ts";

const next_cursor = z.string().optional().describe("asks for the next page; none where this is the last");

const LibraryPage = z.object({ entries: z.array(LibraryEntry.omit({ document: true })), next_cursor });
const ExecutionPage = z.object({
  executions: z.array(Execution.omit({ events: true, outcomes: true })),
  next_cursor,
});
const ScheduleList = z.object({ schedules: z.array(ScheduleStatus) });
const DeletedEntry = z.object({ kind: z.string(), name: z.string() });

export const LIBRARY_VERBS = {
  "library.list": {
    summary: "List scenarios, suites, plans and schedules",
    method: "get",
    path: "/library",
    request: requests.ListLibrary,
    answer: LibraryPage,
    status: 200,
  },
  "library.get": {
    summary: "Show an entry of the library, without its secrets",
    method: "get",
    path: "/library/{kind}/{name}",
    request: requests.OneEntry,
    answer: LibraryEntry,
    status: 200,
    key: "entry",
  },
  "library.put": {
    summary: "Put a scenario, a suite, a plan or a schedule into the library",
    method: "post",
    path: "/library",
    request: requests.PutEntry,
    answer: LibraryEntry,
    status: 200,
    key: "entry",
    leads: true,
    body: "document",
  },
  "library.delete": {
    summary: "Delete an entry of the library that no other one names",
    method: "delete",
    path: "/library/{kind}/{name}",
    request: requests.DeleteEntry,
    answer: DeletedEntry,
    status: 200,
    key: "deleted",
    leads: true,
  },
  "scenario.run": {
    summary: "Run a scenario, with values for its parameters",
    method: "post",
    path: "/scenarios/{name}/run",
    request: requests.RunScenario,
    answer: RunRecord,
    status: 201,
    key: "run",
    leads: true,
    headers: KEY_HEADER,
  },
  "execution.create": {
    summary: "Execute a plan, a suite or a scenario, run by run",
    method: "post",
    path: "/executions",
    request: requests.CreateExecution,
    answer: Execution,
    status: 201,
    key: "execution",
    leads: true,
  },
  "execution.list": {
    summary: "List executions, the newest first",
    method: "get",
    path: "/executions",
    request: requests.ListExecutions,
    answer: ExecutionPage,
    status: 200,
  },
  "execution.get": {
    summary: "Show an execution: its stages, its runs, what happened to it",
    method: "get",
    path: "/executions/{id}",
    request: requests.OneExecution,
    answer: Execution,
    status: 200,
    key: "execution",
  },
  "execution.stop": {
    summary: "Stop an execution: its run is stopped in order, and no other is made",
    method: "post",
    path: "/executions/{id}/stop",
    request: requests.StopExecution,
    answer: Execution,
    status: 202,
    key: "execution",
    leads: true,
  },
  "schedule.list": {
    summary: "List schedules, with their next starts and what became of the last ones",
    method: "get",
    path: "/schedules",
    request: Nothing,
    answer: ScheduleList,
    status: 200,
  },
  "schedule.get": {
    summary: "Show a schedule",
    method: "get",
    path: "/schedules/{name}",
    request: requests.OneSchedule,
    answer: ScheduleStatus,
    status: 200,
    key: "schedule",
  },
  "schedule.pause": {
    summary: "Pause a schedule: nothing starts until it is resumed",
    method: "post",
    path: "/schedules/{name}/pause",
    request: requests.OneSchedule,
    answer: ScheduleStatus,
    status: 200,
    key: "schedule",
    leads: true,
  },
  "schedule.resume": {
    summary: "Go on with a schedule; starts of the time between are not made up for",
    method: "post",
    path: "/schedules/{name}/resume",
    request: requests.OneSchedule,
    answer: ScheduleStatus,
    status: 200,
    key: "schedule",
    leads: true,
  },
} as const satisfies Readonly<Record<string, Verb>>;
