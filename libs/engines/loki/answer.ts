/** What an answer of Loki says of itself: rows, time, and whether it is all there. */

import type { BodyScan } from "../http/body.ts";
import type { Classified } from "../http/classify.ts";
import { type JsonAnswer, scanJson } from "../http/json-scan.ts";

/** Where a log line stands: data.result[].values[]. */
const DEPTH = 5;

/**
 * @param api entries are counted of logs, series of metrics, and items of everything else; of the index, what it says of itself
 */
export function scanAnswer(api: string): BodyScan {
  return scanJson(DEPTH, new LokiAnswer(api));
}

class LokiAnswer implements JsonAnswer {
  private entries = 0;
  private series = 0;
  private items = 0;
  private isStreams = false;
  private status = "";
  private warning: string | undefined;
  private execSeconds: number | undefined;
  private readonly isIndex: boolean;

  constructor(api: string) {
    this.isIndex = api === "index_stats";
  }

  reset = (): void => {
    this.entries = 0;
    this.series = 0;
    this.items = 0;
    this.isStreams = false;
    this.status = "";
    this.warning = undefined;
    this.execSeconds = undefined;
  };

  value(path: readonly string[], text: string): void {
    const [first, second, third, fourth] = path;
    if (path.length === 1) {
      if (first === "status") this.status = text;
      else if (this.isIndex && first === "streams") this.items = 1;
    } else if (path.length === 2) {
      if (first === "data" && second === "resultType") this.isStreams = text === "streams";
      else if (first === "data" && second === "*") this.items++;
      else if (first === "warnings") this.warning ??= text;
    } else if (path.length === 4 && fourth === "execTime" && second === "stats" && third === "summary") {
      this.execSeconds = Number(text);
    }
  }

  begin(path: readonly string[]): void {
    const [first, second, third, fourth] = path;
    if (first !== "data") return;
    if (path.length === 2 && second === "*") this.items++;
    else if (second !== "result" || third !== "*") return;
    else if (path.length === 3) this.series++;
    else if (path.length === 5 && fourth === "values") this.entries++;
  }

  rows = (): number => (this.isStreams ? this.entries : this.series) + this.items;

  fault = (): Classified | undefined => {
    if (!this.isIndex && this.status !== "success")
      return { outcome: "parse", detail: "no success", message: `the answer's status is "${this.status}"` };
    if (this.warning === undefined) return undefined;
    return { outcome: "expect", detail: "partial answer", message: `the answer warns: ${this.warning}` };
  };

  serverMs = (): number | undefined => (this.execSeconds === undefined ? undefined : this.execSeconds * 1000);
}
