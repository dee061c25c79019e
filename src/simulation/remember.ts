/** Texts that are remembered; beyond them everything is forgotten, and worked out anew. */
const MOST_REMEMBERED = 1024;

/** The same function, which works out what comes of a text once: a node sends to the same addresses again and again. */
export function remember<T>(workOut: (text: string) => T): (text: string) => T {
  const known = new Map<string, { readonly outcome: T }>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before.outcome;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const outcome = workOut(text);
    known.set(text, { outcome });
    return outcome;
  };
}
