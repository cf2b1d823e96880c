/** What a leader does with the library: brings in its files, executes what is asked for, and keeps schedules. */

import { messageOf } from "../../../libs/protocol/errors.ts";
import type { RunRecord } from "../../../libs/protocol/run.ts";
import type { Origin } from "../api/intake.ts";
import { type LibraryFile, loadFiles } from "../library/folder.ts";
import { createLibrary, type LibraryParts } from "../library/store.ts";
import type { RunDriver } from "../run/driver.ts";
import { createExecutions, type ExecutionParts } from "./executions.ts";
import { createSchedules } from "./schedules.ts";

export interface PlanningParts
  extends Omit<ExecutionParts, "createRun" | "isLive" | "stopRun">,
    Omit<LibraryParts, "clock"> {
  readonly libraryFiles: () => readonly LibraryFile[];
  readonly live: ReadonlyMap<string, RunDriver>;
  /** Accepts a run, or a series; what wants it is stored, where the next leader finds it. */
  readonly create: (
    text: string,
    origin: Origin,
    waits: boolean,
    more: Partial<RunRecord>,
    earlier: readonly string[],
  ) => Promise<RunRecord>;
}

export async function startPlanning(parts: PlanningParts) {
  const { library, log, libraryFiles, live, create } = parts;
  const store = createLibrary(parts);
  try {
    await loadFiles(libraryFiles(), store, library, log);
  } catch (error) {
    log.error({ err: messageOf(error) }, "the library's files are not loaded");
  }
  const executions = await createExecutions({
    ...parts,
    isLive: (run) => live.has(run),
    createRun: (text, origin, more, earlier) => create(text, origin, true, more, earlier),
    stopRun: async (run, reason) => live.get(run)?.stop(reason),
  });
  const { start, isLive } = executions;
  const schedules = await createSchedules({ ...parts, start, isLive });
  return {
    ...{ store, executions, schedules },
    check() {
      executions.check();
      schedules.check();
    },
  };
}
