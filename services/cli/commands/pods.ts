/** `logburst pods`: Logburst's own Pods as the cluster sees them, one of them with its events, or the end of its log. */

import type { ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { type AskOptions, askSystem } from "../ask-system.ts";
import { columns } from "../columns.ts";

export interface PodsOptions extends AskOptions {
  /** The end of its log in place of its events. */
  readonly logs: boolean;
  /** Of the container before the last restart. */
  readonly previous: boolean;
  readonly lines: number;
}

export function podsCommand(pod: string | undefined, options: PodsOptions): Promise<ExitCode> {
  if (pod === undefined) return listPods(options);
  const { logs, previous, lines } = options;
  if (logs || previous)
    return askSystem(
      options,
      (client) => client.ask("pod.logs", { pod, lines, previous }),
      ({ text }) => text.trimEnd().split("\n"),
    );
  return askSystem(
    options,
    (client) => client.ask("pod.get", { pod }),
    ({ pod: { name, phase, reason, message }, events }) => [
      [name, phase, reason, message].filter(Boolean).join(" · "),
      ...columns(
        ["LAST SEEN", "TYPE", "REASON", "TIMES", "MESSAGE"],
        events.map((event) => [
          event.last_seen ?? "",
          event.type,
          event.reason,
          String(event.count),
          event.message,
        ]),
      ),
    ],
  );
}

function listPods(options: AskOptions): Promise<ExitCode> {
  return askSystem(
    options,
    (client) => client.ask("pod.list", {}),
    ({ pods }) =>
      columns(
        ["POD", "COMPONENT", "PHASE", "READY", "RESTARTS", "REASON", "MACHINE"],
        pods.map(({ name, component, phase, ready, restarts, reason, machine }) => [
          ...[name, component ?? "", phase, ready ? "yes" : "no"],
          ...[String(restarts), reason ?? "", machine ?? ""],
        ]),
      ),
  );
}
