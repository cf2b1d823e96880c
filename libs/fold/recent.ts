/** What was used last stays at hand; what was not used for longest is put away. */

/**
 * @param limit how many things stay at hand
 * @param putAway called with the one too many
 * @returns to be called with a thing at each use
 */
export function createRecent<T>(limit: number, putAway: (thing: T) => void): (thing: T) => void {
  const atHand = new Set<T>();
  return (thing) => {
    // A set keeps its order: the thing that is used becomes the last.
    atHand.delete(thing);
    atHand.add(thing);
    if (atHand.size <= limit) return;
    const [longest] = atHand;
    atHand.delete(longest as T);
    putAway(longest as T);
  };
}
