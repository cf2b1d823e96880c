/** Where the panel begins. */

import { render } from "preact";
import { App } from "./frame/app.tsx";

const place = document.getElementById("panel");
if (place) render(<App />, place);
