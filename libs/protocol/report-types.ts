/** The media type of each format of a report. */

import type { ReportFormat } from "./config/formats.ts";

export const REPORT_TYPES: Readonly<Record<ReportFormat, string>> = {
  json: "application/json",
  csv: "text/csv; charset=utf-8",
  html: "text/html; charset=utf-8",
  junit: "application/xml; charset=utf-8",
  markdown: "text/markdown; charset=utf-8",
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
};
