/** The end of a report: the plan, and all that is needed to run it again, or to doubt it. */

import type { ReportView } from "../../../../libs/report/html/view.ts";
import { count } from "../../../../libs/report/words.ts";
import { say } from "../words/words.ts";
import { Section } from "./section.tsx";
import { tell } from "./words/words.ts";

export function Origin({ view: { report, spec, specLeft } }: { view: ReportView }) {
  const facts: readonly (readonly [string, string])[] = [
    [say("seed"), String(report.seed)],
    [tell("schedule_hash"), report.schedule_hash],
    ...Object.entries(report.versions),
    [tell("report_schema"), String(report.schema_version)],
  ];
  return (
    <Section id="origin" title="origin">
      {report.warnings.length === 0 ? (
        <p class="empty">{tell("no_warnings")}</p>
      ) : (
        <ul class="why">
          {report.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ))}
      </dl>
      {spec === undefined ? (
        <p class="empty">{tell("no_spec")}</p>
      ) : (
        <details>
          <summary>{tell("spec")}</summary>
          <pre>{spec}</pre>
          {specLeft > 0 && <p class="muted">{tell("spec_left", count(specLeft))}</p>}
        </details>
      )}
    </Section>
  );
}
