/** Says what was set and what was refused: in the log, in the metrics, and in the audit trail. */

import type { Bus } from "../bus/bus.ts";
import type { AuditEntry } from "../protocol/audit.ts";
import { formatProblem } from "../protocol/config/problems.ts";
import { messageOf } from "../protocol/errors.ts";
import type { Without } from "../protocol/without.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { counter, type createRegistry } from "../runtime/metrics.ts";

/** What differs from entry to entry. */
export type AuditBody = Without<AuditEntry, "v" | "at_ms" | "service" | "node">;

export interface TrailParts {
  readonly service: string;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: ReturnType<typeof createRegistry>;
}

export interface Trail {
  /** @param id of the audit entry: what several services say under one is kept once. None where another one keeps it */
  tell(body: AuditBody, id: string | undefined): void;
  /** From here on entries are stored, those that have waited first. */
  connect(bus: Bus): void;
}

/** Entries that wait for the bus: those of a service's start. */
const MAX_WAITING = 100;
/** The bus may be away for as long as this many tries take; what is not stored by then is in the log. */
const TRIES = 100;
/** Problems of one document that are told one by one. */
const MAX_PROBLEMS = 20;

export function createTrail({ service, node, clock, log, registry }: TrailParts): Trail {
  const refused = counter(registry, "logburst_settings_refused_total");
  let bus: Bus | undefined;
  let waiting: { id: string; entry: AuditEntry }[] = [];

  function store(id: string, entry: AuditEntry): void {
    if (!bus) {
      if (waiting.length < MAX_WAITING) waiting.push({ id, entry });
      return;
    }
    bus.append(bus.names.subjects.audit(entry.type), entry, { id, tries: TRIES }).catch((error: unknown) => {
      log.error({ err: messageOf(error) }, "the audit trail did not take an entry");
    });
  }

  return {
    tell(told, id) {
      const body =
        told.type === "settings_refused" ? { ...told, problems: told.problems.slice(0, MAX_PROBLEMS) } : told;
      write(log, body);
      if (body.type === "settings_refused") refused.inc({ source: body.source });
      if (body.type === "credentials_refused") refused.inc({ source: "credentials" });
      if (id !== undefined) store(id, { v: 1, at_ms: clock.nowMs(), service, node, ...body });
    },
    connect(connected) {
      bus = connected;
      for (const { id, entry } of waiting) store(id, entry);
      waiting = [];
    },
  };
}

function write(log: Log, body: AuditBody): void {
  const { where, by } = body;
  switch (body.type) {
    case "settings_applied":
      log.info(
        { where, by, version: body.version, hash: body.hash, changes: body.changes },
        "settings changed",
      );
      return;
    case "settings_refused":
      for (const problem of body.problems)
        log.error(
          { where, by, problem: formatProblem(problem, where) },
          "settings were refused; the old ones hold",
        );
      return;
    case "credentials_applied":
      log.info({ where }, "tokens and keys were read again");
      return;
    case "credentials_refused":
      log.error({ where, reason: body.reason }, "tokens and keys were refused; the old ones hold");
      return;
    default:
      body satisfies never;
  }
}
