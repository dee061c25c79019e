import type { PageFrame } from './data.ts';

/** The octets of a frame that the page carries. */
export function octetsOf({ octets }: PageFrame): Uint8Array {
  return Uint8Array.from(atob(octets), (character) => character.charCodeAt(0));
}
