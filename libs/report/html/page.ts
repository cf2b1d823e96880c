/** A report, or comparisons, as one page that needs nothing else: its tables are read without a script, on paper and on a phone. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Comparison } from "../../protocol/comparison.ts";
import { LogburstError } from "../../protocol/errors.ts";
import type { Report } from "../../protocol/report.ts";
import type { SeriesRecord } from "../../protocol/series.ts";
import { type PageView, viewOf } from "./view.ts";

/** What `npm run build` makes of the panel's components. */
const BUILT = new URL("../../../report/", import.meta.url);

interface Built {
  /** The page up to each of its holes, and behind the last one. */
  readonly pieces: readonly string[];
  /** The components' markup, in which every text from outside is escaped. */
  readonly markupOf: (view: PageView) => string;
}

/** In their order in the page. */
const HOLES = ["LOGBURST-TITLE", "LOGBURST-MARKUP", '"LOGBURST-VIEW"'] as const;

let built: Built | undefined;

/** @param series what the run is a part of, where that is known: a search's curve is shown with its runs */
export function renderHtml(report: Report, series?: SeriesRecord): string {
  return pageOf(`${report.name}: ${report.verdict} · Logburst report`, viewOf(report, series));
}

/** @param comparisons of one baseline with each of the others */
export function renderComparisonsHtml(comparisons: readonly Comparison[]): string {
  const told = comparisons.map(({ baseline, contender, verdict }) => {
    return `${contender.name} against ${baseline.name}: ${verdict}`;
  });
  return pageOf(`${told.join(", ")} · Logburst comparison`, { comparisons });
}

function pageOf(title: string, view: PageView): string {
  built ??= readBuilt();
  const { pieces, markupOf } = built;
  const filled = [
    escaped(title),
    markupOf(view),
    // Within a script, nothing but the end of its element is markup.
    JSON.stringify(view).replaceAll("<", "\\u003c"),
  ];
  return pieces.map((piece, index) => `${piece}${filled[index] ?? ""}`).join("");
}

function readBuilt(): Built {
  const page = pageText();
  const { markupOf } = createRequire(import.meta.url)(fileURLToPath(new URL("markup.cjs", BUILT)));
  const pieces: string[] = [];
  let rest = page;
  for (const hole of HOLES) {
    const [before, behind] = rest.split(hole);
    if (before === undefined || behind === undefined) throw new Error(`the report's page has no ${hole}`);
    pieces.push(before);
    rest = behind;
  }
  return { pieces: [...pieces, rest], markupOf };
}

function pageText(): string {
  try {
    return readFileSync(new URL("page.html", BUILT), "utf8");
  } catch (cause) {
    throw new LogburstError("internal", "the page of the HTML report is not built", {
      cause,
      remedies: ["build it: npm run build"],
    });
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
