/** Loaded into a process before its program: on SIGUSR2 it hoards memory until its heap is exhausted, and dies of that. */

const WORDS_AT_ONCE = 100_000;

process.on("SIGUSR2", () => {
  const hoard: number[][] = [];
  for (;;) hoard.push(Array.from({ length: WORDS_AT_ONCE }, (_, index) => index + hoard.length));
});
