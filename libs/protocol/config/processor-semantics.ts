/** What a schema cannot say of processors: addresses, and bounds on how long they may take. */

import { type Finding, finding, type Path } from "./problems.ts";
import { PROCESSOR_LIMITS, type ProcessorConfig, type WebhookConfig } from "./processors.ts";

/** @param path of the list of processors */
export function checkProcessors(processors: readonly ProcessorConfig[], path: Path): Finding[] {
  return processors.flatMap((processor, index) =>
    processor.type === "webhook" ? checkWebhook(processor, [...path, index]) : [],
  );
}

function checkWebhook(webhook: WebhookConfig, path: Path): Finding[] {
  const { url, url_from: urlFrom, timeout, retry_for: retryFor } = webhook;
  const findings: Finding[] = [];
  if ((url === undefined) === (urlFrom === undefined)) {
    const message = url === undefined ? "has no url" : "has both url and url_from";
    findings.push(finding(path, message, "write either url: https://host/path or url_from: {env: NAME}"));
  }
  const trouble = url === undefined ? undefined : addressTrouble(url);
  if (trouble !== undefined) findings.push(finding([...path, "url"], trouble, "write https://host/path"));
  if (timeout < 100 || timeout > PROCESSOR_LIMITS.requestMs)
    findings.push(finding([...path, "timeout"], "is out of bounds", "write between 100ms and 30s"));
  if (retryFor > PROCESSOR_LIMITS.retryMs)
    findings.push(finding([...path, "retry_for"], "is out of bounds", "write at most 10m"));
  return findings;
}

/** Why nothing can be sent to an address; the address itself is never told, as it may be a secret. */
export function addressTrouble(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return "is not an http or https address";
  return parsed.username || parsed.password ? "carries a user name or password" : undefined;
}
