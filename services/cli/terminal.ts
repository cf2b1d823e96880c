/** What a stream of this process is to be written to as: how wide it is, and whether it shows colours. */

import pc from "picocolors";
import { type Palette, PIPE, type Terminal } from "../../libs/report/terminal/terminal.ts";
import type { Environment } from "../../libs/runtime/config.ts";

/** What says whether there are to be colours. */
export type ColorWishes = Pick<Environment, "NO_COLOR" | "FORCE_COLOR" | "TERM">;

/** A terminal that does not tell how wide it is. */
const USUAL_WIDTH = 80;

/** Colours on a terminal that wants them, none into pipes and files; lines as wide as the terminal, and in pipes as they come. */
export function terminalFor(out: NodeJS.WriteStream, wishes: ColorWishes): Terminal {
  const width = out.isTTY ? (out.columns ?? USUAL_WIDTH) : PIPE.width;
  return { palette: wantsColors(out, wishes) ? colors() : PIPE.palette, width };
}

/** Whether lines can be written over. */
export function isLively(out: NodeJS.WriteStream, { TERM }: ColorWishes): boolean {
  return out.isTTY && TERM !== "dumb";
}

/** Who wants none has the last word. */
function wantsColors(out: NodeJS.WriteStream, wishes: ColorWishes): boolean {
  const { NO_COLOR, FORCE_COLOR } = wishes;
  if (NO_COLOR !== undefined) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isLively(out, wishes);
}

function colors(): Palette {
  const { green, red, yellow, bold, dim } = pc.createColors(true);
  return { good: green, bad: red, warn: yellow, strong: bold, dim };
}
