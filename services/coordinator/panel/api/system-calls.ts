/** What the panel asks of the API about the whole system: the kill switch, settings, series, Pods. */

import type { KillState } from "../../../../libs/protocol/kill.ts";
import type { SeriesRecord } from "../../../../libs/protocol/series.ts";
import type { AnswerOf } from "../../../../libs/protocol/verbs/table.ts";
import { ask, Refused } from "./client.ts";

export type PodList = AnswerOf<"pod.list">["pods"];
export type PodAnswer = AnswerOf<"pod.get">;

/** Older ones are found by the records of their runs. */
const NEWEST = 100;
/** The end of a log is where it says what went wrong. */
const LOG_LINES = 200;

const podPath = (name: string) => `/pods/${encodeURIComponent(name)}`;
const seriesPath = (id: string) => `/series/${encodeURIComponent(id)}`;

export function getKillSwitch(): Promise<KillState> {
  return ask("/kill");
}

export function setKillSwitch(reason: string): Promise<KillState> {
  return ask("/kill", { method: "POST", body: { reason } });
}

export function clearKillSwitch(): Promise<KillState> {
  return ask("/kill", { method: "DELETE" });
}

export function getSettings(): Promise<AnswerOf<"settings.get">> {
  return ask("/settings");
}

export async function listSeries(): Promise<readonly SeriesRecord[]> {
  return (await ask<AnswerOf<"series.list">>("/series", { query: { limit: NEWEST } })).series;
}

export function getSeries(id: string): Promise<SeriesRecord> {
  return ask(seriesPath(id));
}

export function stopSeries(id: string, reason: string): Promise<SeriesRecord> {
  return ask(`${seriesPath(id)}/stop`, { method: "POST", body: reason === "" ? {} : { reason } });
}

/** @returns null where the coordinator looks into no cluster */
export async function listPods(): Promise<PodList | null> {
  try {
    return (await ask<AnswerOf<"pod.list">>("/pods")).pods;
  } catch (error) {
    if (error instanceof Refused && error.problem.code === "no_cluster") return null;
    throw error;
  }
}

export function getPod(name: string): Promise<PodAnswer> {
  return ask(podPath(name));
}

/** @param previous of the container before its last restart */
export async function getPodLog(name: string, previous: boolean): Promise<string> {
  const query = { lines: LOG_LINES, previous: String(previous) };
  return (await ask<AnswerOf<"pod.logs">>(`${podPath(name)}/logs`, { query })).text;
}
