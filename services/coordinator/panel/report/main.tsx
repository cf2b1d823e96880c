/** Where the page of a report, or of comparisons, comes alive: its tables can be sorted, its charts zoomed, its colours and language chosen. */

import { hydrate } from "preact";
import type { PageView } from "../../../../libs/report/html/view.ts";
import { followPreferences } from "../frame/in-browser.ts";
import { zone } from "../frame/preferences.ts";
import { Shown } from "./shown.tsx";

const place = document.getElementById("report");
const text = document.getElementById("view")?.textContent;
if (place && text) {
  document.documentElement.classList.add("lively");
  // Whoever reads it sees the times that all its readers see.
  zone.value = "utc";
  followPreferences();
  hydrate(<Shown view={JSON.parse(text) as PageView} />, place);
}
