/** The faces of a report: each format is a pure function of the same document. */

import type { ReportFormat } from "../protocol/config/formats.ts";
import type { Report } from "../protocol/report.ts";
import type { SeriesRecord } from "../protocol/series.ts";
import { renderCsv } from "./csv.ts";
import { renderHtml } from "./html/page.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderPrometheus } from "./prometheus.ts";

interface Face {
  readonly file: string;
  readonly render: (report: Report, series?: SeriesRecord) => string;
}

const RENDERERS: Readonly<Record<ReportFormat, Face>> = {
  json: { file: "report.json", render: (report) => `${JSON.stringify(report, null, 2)}\n` },
  csv: { file: "report.csv", render: renderCsv },
  html: { file: "report.html", render: renderHtml },
  junit: { file: "report.junit.xml", render: renderJunit },
  markdown: { file: "report.md", render: renderMarkdown },
  prometheus: { file: "report.prom", render: renderPrometheus },
};

/** @param series what the run is a part of, where that is known: some faces show it */
export function renderReport(report: Report, format: ReportFormat, series?: SeriesRecord): string {
  return RENDERERS[format].render(report, series);
}

export function fileNameOf(format: ReportFormat): string {
  return RENDERERS[format].file;
}
