/** The faces of a report: each format is a pure function of the same document. */

import type { ReportFormat } from "../protocol/config/formats.ts";
import type { Report } from "../protocol/report.ts";
import { renderCsv } from "./csv.ts";
import { renderHtml } from "./html/page.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderPrometheus } from "./prometheus.ts";

const RENDERERS: Readonly<Record<ReportFormat, { file: string; render: (report: Report) => string }>> = {
  json: { file: "report.json", render: (report) => `${JSON.stringify(report, null, 2)}\n` },
  csv: { file: "report.csv", render: renderCsv },
  html: { file: "report.html", render: renderHtml },
  junit: { file: "report.junit.xml", render: renderJunit },
  markdown: { file: "report.md", render: renderMarkdown },
  prometheus: { file: "report.prom", render: renderPrometheus },
};

export function renderReport(report: Report, format: ReportFormat): string {
  return RENDERERS[format].render(report);
}

export function fileNameOf(format: ReportFormat): string {
  return RENDERERS[format].file;
}
