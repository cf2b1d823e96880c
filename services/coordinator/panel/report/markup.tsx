/** A report's markup, made where there is no browser. */

import { render } from "preact-render-to-string";
import type { ReportView } from "../../../../libs/report/html/view.ts";
import { zone } from "../frame/preferences.ts";
import { ReportPage } from "./page.tsx";

export function markupOf(view: ReportView): string {
  zone.value = "utc";
  return render(<ReportPage view={view} />);
}
