/** A button for what not everybody may do: whoever may not is told which role that needs. The server decides in the end. */

import type { ComponentChildren } from "preact";
import { includesRole, type Role } from "../../../../libs/protocol/roles.ts";
import { role } from "../api/session.ts";
import { say } from "../words/words.ts";

interface RoleButtonProps {
  readonly needed: Role;
  readonly isGrave: boolean;
  readonly isBusy: boolean;
  readonly onPress: () => void;
  readonly children: ComponentChildren;
}

export function RoleButton({ needed, isGrave, isBusy, onPress, children }: RoleButtonProps) {
  const isMissing = role.value !== undefined && !includesRole(role.value, needed);
  return (
    <button
      type="button"
      class={isGrave ? "grave" : "main"}
      disabled={isMissing || isBusy}
      title={isMissing ? say("needs_role", needed) : undefined}
      onClick={onPress}
    >
      {children}
    </button>
  );
}
