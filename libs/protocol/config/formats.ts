/** The formats in which a report can be had. */

export const REPORT_FORMATS = ["json", "csv", "html", "junit", "markdown", "prometheus"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
