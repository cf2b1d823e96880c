/** Fetches the browser where there is none, once, before tests ask for it side by side. */

import { obtainBrowser } from "./browser.ts";

const { path, version } = await obtainBrowser();
process.stderr.write(`chromium ${version}: ${path}\n`);
