/** A text with its lines numbered, and those marked that something is wrong with. */

import { useRef } from "preact/hooks";
import type { Problem } from "../../../../libs/protocol/config/problems.ts";
import { say } from "../words/words.ts";

interface EditorProps {
  readonly label: string;
  readonly text: string;
  readonly problems: readonly Problem[];
  readonly onInput: (text: string) => void;
}

/** What the API takes. */
const MAX_CHARS = 1_000_000;

export function Editor({ label, text, problems, onInput }: EditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLPreElement>(null);
  const bad = new Set(problems.map(({ line }) => line));
  const lines = text.split("\n");
  return (
    <>
      <div class="editor">
        <pre ref={gutter} aria-hidden="true">
          {lines.map((_, index) => (
            <span key={index} class={bad.has(index + 1) ? "wrong" : undefined} data-line={index + 1}>
              {index + 1}
            </span>
          ))}
        </pre>
        <textarea
          ref={area}
          aria-label={label}
          aria-invalid={problems.length > 0}
          name="config"
          rows={Math.min(40, Math.max(16, lines.length + 1))}
          wrap="off"
          spellcheck={false}
          maxLength={MAX_CHARS}
          value={text}
          onInput={(event) => onInput(event.currentTarget.value)}
          onScroll={(event) => {
            if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      {problems.length > 0 && (
        <ul class="problems">
          {problems.map(({ line, path, message, remedy }) => (
            <li key={`${path} ${message}`}>
              {line !== undefined && (
                <button type="button" onClick={() => area.current && showLine(area.current, lines, line)}>
                  {say("line", String(line))}
                </button>
              )}{" "}
              <code>{path}</code> <span class="bad">{message}</span> <small>{remedy}</small>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function showLine(area: HTMLTextAreaElement, lines: readonly string[], line: number): void {
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
}
