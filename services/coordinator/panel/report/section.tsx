/** A part of the page under its heading. */

import type { ComponentChildren } from "preact";
import { type ReportWord, tell } from "./words/words.ts";

interface SectionProps {
  readonly id: string;
  readonly title: ReportWord;
  readonly children: ComponentChildren;
}

export function Section({ id, title, children }: SectionProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{tell(title)}</h2>
      {children}
    </section>
  );
}
