/** A button in a table's row that shows below the table what there is to see of that row, or hides it again. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

interface UnfoldProps {
  /** The row that is shown, if any. */
  readonly looked: Signal<string | undefined>;
  readonly id: string;
  /** What it shows, for those who do not see the row. */
  readonly label: string;
  readonly children: ComponentChildren;
}

export function Unfold({ looked, id, label, children }: UnfoldProps) {
  const isOpen = looked.value === id;
  return (
    <button
      type="button"
      aria-label={label}
      aria-expanded={isOpen}
      onClick={() => (looked.value = isOpen ? undefined : id)}
    >
      {children}
    </button>
  );
}
