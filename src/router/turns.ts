/** How long work in pieces keeps the event loop at a time: advertisements leave in between. */
const LONGEST_TURN_MS = 0.5;

/** The event loop has its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Does the work for each, some in a turn of the event loop. */
export async function inTurns<Item>(items: Iterable<Item>, work: (item: Item) => void): Promise<void> {
  let beganMs = performance.now();
  for (const item of items) {
    work(item);
    if (performance.now() - beganMs < LONGEST_TURN_MS) continue;
    await turn();
    beganMs = performance.now();
  }
}
