import { read16, read32, write16, write32 } from '../../wire/octets.ts';
import type { Family } from '../../wire/vrrp.ts';
import type { Context } from './context.ts';
import type { LanState } from './state.ts';

const HIGH = 0x1_0000_0000;
const MAC_LENGTH = 6;

/** A MAC address and a family as one number, to look up without a string. */
export function neighbourKey(bytes: Uint8Array, mac: number, family: Family): number {
  return (read16(bytes, mac) * HIGH + read32(bytes, mac + 2)) * 2 + (family === 'ipv4' ? 0 : 1);
}

export function familyOfNeighbourKey(key: number): Family {
  return key % 2 === 0 ? 'ipv4' : 'ipv6';
}

/** The MAC address of a key, in six octets. */
export function macOfNeighbourKey(key: number): Uint8Array {
  const mac = Math.floor(key / 2);
  const bytes = new Uint8Array(MAC_LENGTH);
  write16(bytes, 0, Math.floor(mac / HIGH));
  write32(bytes, 2, mac % HIGH);
  return bytes;
}

/** Remembers whose a physical MAC address is; the first so many alone. */
export function learnNeighbour(context: Context, lan: LanState, key: number, address: string): void {
  if (lan.neighbours.size < context.limits.neighbours || lan.neighbours.has(key)) lan.neighbours.set(key, address);
}
