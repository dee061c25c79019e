/** A stream of random numbers that the seed alone decides. */
export interface RandomStream {
  /** 0 up to, but not, 1. */
  fraction(): number;
  /** A whole number, 0 up to, but not, `below`. */
  below(below: number): number;
}

/** Mixes a name into a seed, so that each fault of a stage draws from a stream of its own (FNV-1a, 32 bits). */
function mix(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  for (const octet of Buffer.from(name, 'utf8')) hash = Math.imul(hash ^ octet, 0x01000193) >>> 0;
  return hash;
}

/**
 * A stream for one purpose of a stage. The same seed and name give the same numbers, whatever else draws.
 * (A 32-bit counter through a multiply-and-shift mixer: fast, no state beyond one number.)
 */
export function createRandomStream(seed: number, name: string): RandomStream {
  let state = mix(seed, name);
  function next(): number {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }
  return {
    fraction: () => next() / 2 ** 32,
    below: (below) => Math.floor((next() / 2 ** 32) * below),
  };
}
