/** From the text of a settings document to settings, or to the list of its problems with line and column. */

import { explain, type Finding, finding, type Problem } from "../protocol/config/problems.ts";
import { readDocument } from "../protocol/config/read.ts";
import { API_VERSION } from "../protocol/config/schema.ts";
import { type Settings, SettingsDocument, settingsJsonSchema } from "../protocol/settings.ts";
import { readRules } from "../targets/rules.ts";

/** What a document says, and who says that it does. */
interface Said {
  readonly settings: Settings;
  /** The same as it is written. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly by?: string;
}

export type ReadSettings = ({ ok: true } & Said) | { ok: false; problems: Problem[] };

/** Reads a document in YAML or JSON. It is taken as a whole, or not at all. */
export function readSettings(text: string): ReadSettings {
  return readDocument<Said>(text, [], validate);
}

/** What says nothing. */
export const NOTHING_SAID: ReadSettings = { ok: true, settings: {}, spec: {} };

/** The document that says some settings, as it is stored. */
export function documentOf(spec: unknown, by: string): object {
  return { apiVersion: API_VERSION, kind: "ServiceSettings", metadata: { by }, spec };
}

function validate(document: unknown): ({ ok: true } & Said) | { ok: false; findings: Finding[] } {
  const parsed = SettingsDocument.safeParse(document);
  if (!parsed.success) {
    return { ok: false, findings: explain(parsed.error, document, settingsJsonSchema) };
  }
  const { metadata, spec } = parsed.data;
  const findings = [
    ...wrongRules("targets", spec.targets),
    ...wrongRules("trusted_proxies", spec.trusted_proxies),
  ];
  if (findings.length > 0) return { ok: false, findings };
  const { spec: written } = document as { spec: Record<string, unknown> };
  return { ok: true, settings: spec, spec: written, ...(metadata?.by !== undefined && { by: metadata.by }) };
}

function wrongRules(name: string, rules: readonly string[] = []): Finding[] {
  return rules.flatMap((rule, at) =>
    isRule(rule)
      ? []
      : [
          finding(
            ["spec", name, at],
            `${JSON.stringify(rule)} is not a rule`,
            "write one such as victorialogs:9428, *.logs.example, 10.0.0.0/8:9000-9999",
          ),
        ],
  );
}

function isRule(text: string): boolean {
  try {
    return readRules(text, "").length === 1;
  } catch {
    return false;
  }
}
