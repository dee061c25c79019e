import { SECOND } from '../../capture/time.ts';
import type { FrameReference } from '../result.ts';
import type { Binding } from './bindings.ts';
import type { LanState } from './state.ts';

/** An answer for an address that no advertisement has named yet: it may turn out to be a virtual one. */
export interface Unclaimed {
  readonly kind: Binding['kind'];
  readonly address: string;
  readonly isAnswer: boolean;
  readonly announces: boolean;
  /** The bound MAC address, then the frame's source and destination. */
  readonly macs: Uint8Array;
  readonly hasLinkAddresses: boolean;
  readonly frame: FrameReference;
}

const MAC_LENGTH = 6;
const ANSWERS = 64;
/** A router that starts advertises sooner than this after its kernel has answered for the addresses that it was given. */
const PATIENCE_NS = 30 * SECOND;

/** Remembers the newest answers for addresses that are nobody's yet. */
export function keepUnclaimed(lan: LanState, binding: Omit<Binding, 'virtualRouter'>): void {
  const { kind, address, isAnswer, announces, bytes, boundMac, ethernetSource, ethernetDestination, frame } = binding;
  const macs = new Uint8Array(3 * MAC_LENGTH);
  const hasLinkAddresses = ethernetSource >= 0 && ethernetDestination >= 0;
  macs.set(bytes.subarray(boundMac, boundMac + MAC_LENGTH));
  if (hasLinkAddresses) {
    macs.set(bytes.subarray(ethernetSource, ethernetSource + MAC_LENGTH), MAC_LENGTH);
    macs.set(bytes.subarray(ethernetDestination, ethernetDestination + MAC_LENGTH), 2 * MAC_LENGTH);
  }
  if (lan.unclaimed.length >= ANSWERS) lan.unclaimed.shift();
  lan.unclaimed.push({ kind, address, isAnswer, announces, macs, hasLinkAddresses, frame });
}

/** The address has turned out to be a virtual one at `timeNs`: hands out what was said of it shortly before. */
export function claim(lan: LanState, address: string, timeNs: number): Omit<Binding, 'virtualRouter'>[] {
  const claimed = lan.unclaimed.filter((one) => one.address === address);
  if (claimed.length === 0) return [];
  lan.unclaimed = lan.unclaimed.filter((one) => one.address !== address);
  // Who answers for a virtual address is not thereby known by it.
  for (const [key, neighbour] of lan.neighbours) if (neighbour === address) lan.neighbours.delete(key);
  return claimed
    .filter(({ frame }) => timeNs - frame.timeNs <= PATIENCE_NS)
    .map(({ macs, hasLinkAddresses, ...rest }) => ({
      ...rest,
      bytes: macs,
      boundMac: 0,
      ethernetSource: hasLinkAddresses ? MAC_LENGTH : -1,
      ethernetDestination: hasLinkAddresses ? 2 * MAC_LENGTH : -1,
    }));
}
