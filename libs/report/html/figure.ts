/** The frame of a chart: its title, its unit, the key to its colours. */

import { html, type Markup } from "./text.ts";

export function key(look: string, name: string): Markup {
  return html`<span class="key"><i class="swatch ${look}"></i>${name}</span>`;
}

export function figure(
  title: string,
  unit: string | Markup,
  legend: readonly Markup[],
  plot: Markup,
): Markup {
  return html`<figure>
<figcaption><strong>${title}</strong> <span class="muted">${unit}</span><span class="legend">${legend}</span></figcaption>
${plot}
</figure>`;
}
