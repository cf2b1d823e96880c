/** Where a report's page comes alive: its tables can be sorted, its charts zoomed, its colours and language chosen. */

import { hydrate } from "preact";
import type { ReportView } from "../../../../libs/report/html/view.ts";
import { followPreferences } from "../frame/in-browser.ts";
import { zone } from "../frame/preferences.ts";
import { ReportPage } from "./page.tsx";

const place = document.getElementById("report");
const text = document.getElementById("view")?.textContent;
if (place && text) {
  document.documentElement.classList.add("lively");
  // Whoever reads a report sees the times that all its readers see.
  zone.value = "utc";
  followPreferences();
  hydrate(<ReportPage view={JSON.parse(text) as ReportView} />, place);
}
