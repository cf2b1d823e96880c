/** What a Kubernetes API says of a Pod, in few words: whether it runs, and if not, why. */

import type { CoreV1Event, V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import type { PodEvent, PodState } from "../protocol/pod.ts";

const COMPONENT = "app.kubernetes.io/component";

export function podStateOf({ metadata, spec, status }: V1Pod): PodState {
  const containers = status?.containerStatuses ?? [];
  const component = metadata?.labels?.[COMPONENT];
  const why = containers.map(whyNotRunning).find((entry) => entry !== undefined) ?? whyNotScheduled(status);
  const created = isoOf(metadata?.creationTimestamp);
  return {
    name: metadata?.name ?? "",
    ...(component !== undefined && { component }),
    phase: status?.phase ?? "Unknown",
    ready: containers.length > 0 && containers.every(({ ready }) => ready),
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    ...why,
    ...(spec?.nodeName !== undefined && { machine: spec.nodeName }),
    ...(created !== undefined && { created_at: created }),
  };
}

type Why = Pick<PodState, "reason" | "message">;

function whyNotRunning({ state, lastState }: V1ContainerStatus): Why | undefined {
  const { waiting, terminated } = { ...lastState, ...state };
  const { reason, message } = waiting ?? terminated ?? {};
  if (reason === undefined) return undefined;
  return { reason, ...(message !== undefined && { message }) };
}

function whyNotScheduled(status: V1Pod["status"]): Why | undefined {
  const { reason, message } =
    status?.conditions?.find(({ type, status: is }) => type === "PodScheduled" && is === "False") ?? {};
  return reason === undefined ? undefined : { reason, ...(message !== undefined && { message }) };
}

/** The newest last. */
export function podEventsOf(events: readonly CoreV1Event[]): PodEvent[] {
  const seen = events.map(({ type, reason, message, count, lastTimestamp, eventTime }) => {
    const last = isoOf(lastTimestamp) ?? isoOf(eventTime);
    return {
      ...{ type: type ?? "Normal", reason: reason ?? "", message: message ?? "", count: count ?? 1 },
      ...(last !== undefined && { last_seen: last }),
    };
  });
  return seen.sort((a, b) => (a.last_seen ?? "").localeCompare(b.last_seen ?? ""));
}

/** The library makes dates of some times, and not of all. */
function isoOf(time: unknown): string | undefined {
  if (time instanceof Date) return time.toISOString();
  return typeof time === "string" ? time : undefined;
}
