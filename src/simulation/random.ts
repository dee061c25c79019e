/**
 * Numbers from 0 up to, but not, 1 that follow from the seed and the purpose alone, so that what one purpose draws does
 * not change what another gets. (A Weyl sequence through a multiply-and-shift mixer; integer arithmetic only, so the same
 * on every machine.)
 */
export function createRandom(seed: number, purpose: string): () => number {
  let state = hash(`${seed} ${purpose}`);
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a over the UTF-16 code units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return value;
}
