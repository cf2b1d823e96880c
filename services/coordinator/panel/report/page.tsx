/** A report as a page: the verdict and why first, then the books, the figures, and all that is needed to doubt them. */

import type { ReportView } from "../../../../libs/report/html/view.ts";
import { Events } from "../run/events.tsx";
import { Failures } from "../run/failures.tsx";
import { figuresOfReport } from "../run/from-report.ts";
import { happeningsIn } from "../run/happenings.ts";
import { Thresholds } from "../run/thresholds.tsx";
import { Tiles } from "../run/tiles.tsx";
import { Books } from "./books.tsx";
import { Capacity } from "./capacity.tsx";
import { ComparisonSection } from "./comparison.tsx";
import { Distributions } from "./distributions.tsx";
import { Generator } from "./generator.tsx";
import { Head } from "./head.tsx";
import { Latencies } from "./latencies.tsx";
import { Origin } from "./origin.tsx";
import { OverTime } from "./over-time.tsx";
import { Categories, QueryTable } from "./query-tables.tsx";
import { Reasons } from "./reasons.tsx";
import { Server } from "./server.tsx";

export function ReportPage({ view }: { view: ReportView }) {
  const { report, series } = view;
  const figures = figuresOfReport(report);
  return (
    <main>
      <Head report={report} />
      <Thresholds thresholds={figures.thresholds} />
      <Books report={report} />
      <Tiles record={report} figures={figures} report={report} />
      <Latencies report={report} />
      {series?.kind === "search" && <Capacity series={series} run={report.run_id} />}
      {report.comparison && <ComparisonSection comparison={report.comparison} />}
      <QueryTable queries={report.queries} />
      <Categories categories={report.categories} />
      <Failures rows={figures.errors} chosen={undefined} target={undefined} />
      <Reasons reasons={report.reasons} />
      <Distributions distributions={view.distributions} />
      <OverTime view={view} />
      <Server server={report.server} />
      <Generator report={report} />
      <Events happenings={happeningsIn(report)} />
      <Origin view={view} />
    </main>
  );
}
