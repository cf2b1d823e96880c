/** Where the panel begins. */

import { render } from "preact";
import { App } from "./frame/app.tsx";
import { followPreferences, keepPreferences } from "./frame/in-browser.ts";

keepPreferences();
followPreferences();
const place = document.getElementById("panel");
if (place) render(<App />, place);
