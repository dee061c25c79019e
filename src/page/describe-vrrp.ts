import { formatAddress } from '../wire/address.ts';
import type { FrameCursor } from '../wire/frame.ts';
import { describeProblem, PROBLEM_NONE } from '../wire/problem.ts';
import {
  CHECKSUM_EITHER,
  CHECKSUM_MESSAGE_ALONE,
  CHECKSUM_UNKNOWN,
  CHECKSUM_WITH_PSEUDO_HEADER,
  CHECKSUM_WRONG,
  createVrrpCursor,
  readVrrp,
  type VrrpCursor,
} from '../wire/vrrp.ts';
import { vrrpChecksum } from '../wire/vrrp-checksum.ts';
import type { Part } from './describe-frame.ts';

const cursor = createVrrpCursor();
const CONVENTIONS: Readonly<Record<number, string>> = {
  [CHECKSUM_WRONG]: 'wrong',
  [CHECKSUM_MESSAGE_ALONE]: 'right over the message alone',
  [CHECKSUM_WITH_PSEUDO_HEADER]: 'right with a pseudo-header',
  [CHECKSUM_EITHER]: 'right by either convention',
  [CHECKSUM_UNKNOWN]: 'not known: the message is not whole',
};

/** A VRRP message in words (RFC 3768 §5.3, RFC 9568 §5.2). */
export function describeVrrp(bytes: Uint8Array, frame: FrameCursor): Part {
  const { transportOffset, transportEnd, wireEnd, addressLength } = frame;
  const problem = readVrrp(cursor, bytes, transportOffset, transportEnd, wireEnd, addressLength);
  const { version, type, virtualRouterId, priority, addressCount, interval, checksum } = cursor;
  const known = (value: number, words = String(value)): string => (value < 0 ? '-' : words);
  const intervalText = version === 2 ? `${interval} s` : `${interval} centiseconds (${interval * 10} ms)`;
  const convention = CONVENTIONS[vrrpChecksum(frame, cursor, bytes)];
  const summary =
    priority === 0
      ? `VRID ${virtualRouterId}: priority 0, it gives up`
      : `advertisement of VRID ${known(virtualRouterId)}, priority ${known(priority)}`;
  return {
    kind: priority === 0 ? 'release' : 'advertisement',
    summary: problem === PROBLEM_NONE ? summary : `${summary}: ${describeProblem(problem)}`,
    layer: {
      name: 'VRRP',
      fields: [
        ['version', known(version)],
        ['type', known(type)],
        ['VRID', known(virtualRouterId)],
        ['priority', known(priority)],
        ['addresses', known(addressCount)],
        ['interval', known(interval, intervalText)],
        ...(version === 2 ? [['authentication type', known(cursor.authenticationType)] as const] : []),
        ['checksum', known(checksum, `0x${checksum.toString(16).padStart(4, '0')}, ${convention}`)],
        ...addressesOf(bytes, cursor),
        ...(cursor.trailingOctets > 0 ? [['behind the message', `${cursor.trailingOctets} octets`] as const] : []),
        ...(problem === PROBLEM_NONE ? [] : [['problem', describeProblem(problem)] as const]),
      ],
    },
  };
}

function addressesOf(bytes: Uint8Array, { addressesOffset, addressesEnd, addressLength }: VrrpCursor) {
  const fields: (readonly [string, string])[] = [];
  if (addressesOffset < 0 || addressLength === 0) return fields;
  for (let offset = addressesOffset; offset + addressLength <= addressesEnd; offset += addressLength) {
    fields.push(['address', formatAddress(bytes, offset, addressLength)]);
  }
  return fields;
}
