/** The address of the page, as a signal. */

import { signal } from "@preact/signals";
import { hashOf, type Route, readRoute } from "./route.ts";

export const route = signal<Route>(readRoute(location.hash));

addEventListener("hashchange", () => {
  route.value = readRoute(location.hash);
});

/** Takes the place of the address that is there: for what is typed or narrowed, which is no step of its own to go back by. */
export function replaceRoute(next: Route): void {
  history.replaceState(null, "", hashOf(next));
  route.value = next;
}
