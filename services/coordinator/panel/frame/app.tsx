/** The panel: a header, and the page that the address means. */

import { tokenWanted } from "../api/session.ts";
import { ApprovalsPage } from "../approvals/approvals-page.tsx";
import { ComparePage } from "../compare/compare-page.tsx";
import { KillBanner } from "../kill/kill-banner.tsx";
import { KillPage } from "../kill/kill-page.tsx";
import { EntryPage } from "../library/entry-page.tsx";
import { ExecutionPage } from "../library/execution-page.tsx";
import { LibraryPage } from "../library/library-page.tsx";
import { NewPage } from "../new-run/new-page.tsx";
import { NodesPage } from "../nodes/nodes-page.tsx";
import { RunPage } from "../run/run-page.tsx";
import { RunsPage } from "../runs/runs-page.tsx";
import { OneSeriesPage } from "../series/one-series-page.tsx";
import { SeriesPage } from "../series/series-page.tsx";
import { SettingsPage } from "../settings/settings-page.tsx";
import { say } from "../words/words.ts";
import { Header } from "./header.tsx";
import { route } from "./location.ts";
import { ALL_RUNS, hashOf } from "./route.ts";
import { TokenForm } from "./token-form.tsx";

export function App() {
  return (
    <>
      <Header />
      {tokenWanted.value === undefined ? (
        <>
          <KillBanner />
          <Page />
        </>
      ) : (
        <TokenForm />
      )}
    </>
  );
}

function Page() {
  const at = route.value;
  switch (at.page) {
    case "runs":
      return <RunsPage name={at.name} phase={at.phase} />;
    case "run":
      return <RunPage key={at.id} id={at.id} query={at.query} />;
    case "compare":
      return <ComparePage ids={at.ids} />;
    case "new":
      return <NewPage key={at.clone ?? ""} clone={at.clone} />;
    case "approvals":
      return <ApprovalsPage />;
    case "library":
      return <LibraryPage />;
    case "entry":
      return <EntryPage key={`${at.kind} ${at.name}`} kind={at.kind} name={at.name} />;
    case "execution":
      return <ExecutionPage key={at.id} id={at.id} />;
    case "series":
      return <SeriesPage />;
    case "one-series":
      return <OneSeriesPage key={at.id} id={at.id} />;
    case "nodes":
      return <NodesPage />;
    case "settings":
      return <SettingsPage />;
    case "kill":
      return <KillPage />;
    case "unknown":
      return (
        <main id="content">
          <p>{say("not_found")}</p>
          <a href={hashOf(ALL_RUNS)}>{say("back_to_runs")}</a>
        </main>
      );
    default:
      return at satisfies never;
  }
}
