/** A part of the page under its heading. */

import type { ComponentChildren } from "preact";
import { type ReportWord, tell } from "./words/words.ts";

interface SectionProps {
  readonly id: string;
  readonly title: ReportWord;
  /** What it is about, where there are several of its kind. */
  readonly of?: string | undefined;
  readonly children: ComponentChildren;
}

export function Section({ id, title, of, children }: SectionProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{of === undefined ? tell(title) : `${tell(title)}: ${of}`}</h2>
      {children}
    </section>
  );
}
