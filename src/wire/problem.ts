/**
 * What is wrong with a frame, as a number so that readers allocate nothing. 0 means that nothing is. Readers return the
 * code and leave the octet's offset (from the start of the buffer) in their cursor's `problemOffset`.
 */
export const PROBLEM_NONE = 0;
/** The capture cut the frame before this header's end: unknown, not malformed. */
export const PROBLEM_CUT = 1;
export const PROBLEM_TOO_SHORT = 2;
export const PROBLEM_BAD_VERSION = 3;
export const PROBLEM_BAD_HEADER_LENGTH = 4;
export const PROBLEM_BAD_TOTAL_LENGTH = 5;
export const PROBLEM_BAD_CHECKSUM = 6;
export const PROBLEM_BAD_TYPE = 7;
export const PROBLEM_ADDRESSES_MISSING = 8;
export const PROBLEM_BAD_OPTION_LENGTH = 9;
export const PROBLEM_TOO_MANY_TAGS = 10;
export const PROBLEM_UNSUPPORTED_LINK_TYPE = 11;
/** A field that says how long an address is does not say what its kind of address has. */
export const PROBLEM_BAD_ADDRESS_LENGTH = 12;
export type ProblemCode = number;

const DESCRIPTIONS: readonly string[] = [
  'nothing is wrong',
  'the capture cut the frame here',
  'the header is longer than what is left',
  'the version is not one that is known',
  'the header length is less than the smallest header',
  'the length field disagrees with what is there',
  'the checksum is wrong',
  'the type is not one that is known',
  'the address list is longer than the packet',
  'an option says that it is empty or longer than the packet',
  'there are more VLAN tags than are read',
  'the link type is not one that is read',
  'the length of the addresses is not that of their kind',
];

/** Says in words what a code means. */
export function describeProblem(code: ProblemCode): string {
  return DESCRIPTIONS[code] ?? `unknown problem ${code}`;
}
