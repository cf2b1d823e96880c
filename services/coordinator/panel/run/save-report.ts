/** Saves a run's report as a file: asked for with the tab's token, which an address could not carry. */

import { send } from "../api/client.ts";

export async function saveReport(id: string): Promise<void> {
  const response = await send(`/runs/${encodeURIComponent(id)}/report`, { query: { format: "html" } });
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = `${id}.html`;
  link.click();
  URL.revokeObjectURL(address);
}
