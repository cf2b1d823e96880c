/** The markup of a report, or of comparisons, made where there is no browser. */

import { render } from "preact-render-to-string";
import type { PageView } from "../../../../libs/report/html/view.ts";
import { zone } from "../frame/preferences.ts";
import { Shown } from "./shown.tsx";

export function markupOf(view: PageView): string {
  zone.value = "utc";
  return render(<Shown view={view} />);
}
