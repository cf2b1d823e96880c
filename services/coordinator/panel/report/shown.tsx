/** What a page is of: a report, or comparisons. All of it stands in the page, to be kept and printed. */

import type { PageView } from "../../../../libs/report/html/view.ts";
import { Printed } from "../frame/printed.ts";
import { ComparisonPage } from "./comparison-page.tsx";
import { ReportPage } from "./page.tsx";

export function Shown({ view }: { view: PageView }) {
  return (
    <Printed.Provider value={true}>
      {"comparisons" in view ? <ComparisonPage view={view} /> : <ReportPage view={view} />}
    </Printed.Provider>
  );
}
