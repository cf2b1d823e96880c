/** What is set for all services, what is in force here, and the audit trail of both. */

import type { Bus, Logged } from "../../../../libs/bus/bus.ts";
import { AuditEntry } from "../../../../libs/protocol/audit.ts";
import { parseMessage } from "../../../../libs/protocol/door.ts";
import { LogburstError } from "../../../../libs/protocol/errors.ts";
import { SETTINGS_KEY } from "../../../../libs/protocol/settings.ts";
import { RequestProblems } from "../../../../libs/protocol/verbs/problems.ts";
import type { AnswerOf, RequestOf } from "../../../../libs/protocol/verbs/table.ts";
import { documentOf, readSettings } from "../../../../libs/settings/read.ts";
import type { Caller } from "../guard.ts";
import type { VerbParts, Verbs } from "./handlers.ts";
import { logPage } from "./run-logs.ts";

type Stored = AnswerOf<"settings.set">;

export function settingsVerbs({
  bus,
  settings,
}: Pick<VerbParts, "bus" | "settings">): Pick<Verbs, "settings.get" | "settings.set" | "audit.list"> {
  return {
    async "settings.get"() {
      const stored = await storedSettings(bus);
      return { in_force: settings.state(), ...(stored && { stored }) };
    },
    "settings.set": ({ spec }, caller) => store(bus, spec, caller),
    async "audit.list"(request) {
      const { streams, subjects } = bus.names;
      const read = (fromSeq: number) => bus.read(streams.events, subjects.allAudit, fromSeq, request.limit);
      const { entries, next } = await logPage(read, request, readEntry);
      return { entries, ...next };
    },
  };
}

/** @throws RequestProblems for settings with problems; nothing is stored */
async function store(bus: Bus, spec: RequestOf<"settings.set">["spec"], caller: Caller): Promise<Stored> {
  const by = `${caller.name} over ${caller.via}`;
  const document = documentOf(spec, by);
  const read = readSettings(JSON.stringify(document));
  // Lines and columns are those of a text that nobody wrote.
  if (!read.ok) throw new RequestProblems(read.problems.map(({ line, column, ...problem }) => problem));
  const revision = await (await bus.settingsBucket()).put(SETTINGS_KEY, document);
  return { revision, by, spec };
}

/** What is set for all services, if anything that can be read. */
async function storedSettings(bus: Bus): Promise<Stored | undefined> {
  const entry = await (await bus.settingsBucket()).text(SETTINGS_KEY).catch((cause: unknown) => {
    throw new LogburstError("bus_unavailable", "the bucket of settings cannot be read", { cause });
  });
  const read = entry && readSettings(entry.text);
  if (!entry || !read?.ok) return undefined;
  const { by, spec } = read;
  return { revision: entry.revision, ...(by !== undefined && { by }), spec: { ...spec } };
}

/** None for an entry that cannot be read. */
function readEntry({ data, seq }: Logged): { seq: number; entry: AuditEntry } | undefined {
  const parsed = parseMessage(AuditEntry, data);
  return parsed.ok ? { seq, entry: parsed.value } : undefined;
}
