/** The report as one page that needs nothing else. */
import type { Report } from "../protocol/report.ts";
export function renderHtml(report: Report): string {
  return `<!doctype html><title>${report.run_id}</title>`;
}
