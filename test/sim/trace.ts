/** What happened in a history, in order: its fingerprint, and its last events for whoever looks into a violation. */

export interface Trace {
  /** @param kind what happened, @param who did it, @param what it was about */
  note(kind: string, who: string, what: string | number): void;
  events(): number;
  /** Two histories with the same fingerprint went the same way. */
  fingerprint(): string;
  last(count: number): string[];
}

type Note = readonly [atMs: number, kind: string, who: string, what: string | number];

/** Notes that are kept; older ones are in the fingerprint alone. */
const KEPT = 4096;

export function createTrace(nowMs: () => number): Trace {
  const notes: Note[] = [];
  let events = 0;
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;

  function mix(value: number): void {
    high = Math.imul(high ^ value, 0x01000193);
    low = Math.imul(low ^ (value + (high >>> 15)), 0x85ebca6b);
  }

  function mixText(text: string): void {
    for (let at = 0; at < text.length; at++) mix(text.charCodeAt(at));
  }

  return {
    note(kind, who, what) {
      const atMs = nowMs();
      mix(Math.floor(atMs * 1000));
      mixText(kind);
      mixText(who);
      if (typeof what === "number") mix(what);
      else mixText(what);
      notes[events % KEPT] = [atMs, kind, who, what];
      events++;
    },
    events: () => events,
    fingerprint: () => [high, low].map((part) => (part >>> 0).toString(16).padStart(8, "0")).join(""),
    last(count) {
      const from = Math.max(0, events - Math.min(count, KEPT));
      return Array.from({ length: events - from }, (_, at) => {
        const [atMs, kind, who, what] = notes[(from + at) % KEPT] as Note;
        return `${atMs.toFixed(3).padStart(11)} ${kind.padEnd(9)} ${who.padEnd(6)} ${what}`;
      });
    },
  };
}
