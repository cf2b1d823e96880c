/** Server-sent events out of the text of a stream, however it is cut into pieces. Pure. */

export interface SseMessage {
  readonly event: string;
  readonly data: string;
  /** The last id that the stream has told up to here: what a client that comes back names. */
  readonly id: string;
}

export interface SseParser {
  /** @returns the messages that this piece completes. Throws where one has no end. */
  push(piece: string): SseMessage[];
  /** How long the server asks to wait before coming back, if it did. */
  retryMs(): number | undefined;
}

/** A message of a run is some kilobytes; a stream that goes beyond this is not one of ours. */
export const MAX_MESSAGE_CHARS = 4 * 1024 * 1024;

/** @param lastId what the client has seen before */
export function createSseParser(lastId = ""): SseParser {
  let rest = "";
  let id = lastId;
  let retryMs: number | undefined;
  let event = "";
  let data: string[] = [];
  let dataChars = 0;
  let endedWithCr = false;

  function readField(line: string): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") event = value;
    else if (name === "data") {
      data.push(value);
      dataChars += value.length;
    } else if (name === "id" && !value.includes("\0")) id = value;
    else if (name === "retry" && /^\d+$/.test(value)) retryMs = Number(value);
  }

  /** An empty line ends a message; one without data is none. */
  function take(): SseMessage | undefined {
    const message = data.length > 0 ? { event: event || "message", data: data.join("\n"), id } : undefined;
    event = "";
    data = [];
    dataChars = 0;
    return message;
  }

  return {
    push(piece) {
      // A line may end in CR LF, and the piece between the two.
      const text = endedWithCr && piece.startsWith("\n") ? piece.slice(1) : piece;
      if (piece !== "") endedWithCr = piece.endsWith("\r");
      // A long message comes in many pieces: each is looked through once.
      const [first = "", ...others] = text.split(/\r\n|\n|\r/);
      const lines = [rest + first, ...others];
      rest = lines.pop() ?? "";
      const messages: SseMessage[] = [];
      for (const line of lines) {
        if (line !== "") readField(line);
        else {
          const message = take();
          if (message) messages.push(message);
        }
      }
      if (rest.length + dataChars > MAX_MESSAGE_CHARS)
        throw new RangeError(`a message is longer than ${MAX_MESSAGE_CHARS} characters`);
      return messages;
    },
    retryMs: () => retryMs,
  };
}
