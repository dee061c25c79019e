/** Block types, option codes and limits of pcapng, as the reader and the writer share them. */
export const BLOCK_SECTION_HEADER = 0x0a0d0d0a;
export const BLOCK_INTERFACE_DESCRIPTION = 1;
/** Obsolete, and still found: Packet Block. */
export const BLOCK_PACKET = 2;
export const BLOCK_SIMPLE_PACKET = 3;
/** Names for addresses, which Wireshark then shows. */
export const BLOCK_NAME_RESOLUTION = 4;
export const BLOCK_INTERFACE_STATISTICS = 5;
export const BLOCK_ENHANCED_PACKET = 6;
/** Wireshark lists these among the packets and numbers them: the custom blocks and systemd's journal entries. */
export const BLOCK_CUSTOM = 0x0bad;
export const BLOCK_CUSTOM_NOT_COPIED = 0x4000_0bad;
export const BLOCK_JOURNAL = 9;
/**
 * What a run writes beside frames: laid out as a custom block is, of a type for local use. Wireshark passes over such
 * blocks, so that a frame has the same number there as in the run; a custom block would take a number for itself.
 */
export const BLOCK_RUN = 0x8000_0bad;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** The octets around a block's body: its type, its length, its length again. */
export const BLOCK_OVERHEAD = 12;

export const OPTION_END = 0;
export const OPTION_COMMENT = 1;
export const OPTION_SECTION_HARDWARE = 2;
export const OPTION_SECTION_OS = 3;
export const OPTION_SECTION_APPLICATION = 4;
export const NAME_END = 0;
export const NAME_IPV4 = 1;
export const NAME_IPV6 = 2;
export const OPTION_INTERFACE_NAME = 2;
export const OPTION_INTERFACE_DESCRIPTION = 3;
export const OPTION_INTERFACE_RESOLUTION = 9;
export const OPTION_INTERFACE_OFFSET = 14;
/** The same in the Enhanced and the obsolete Packet Block: the direction is in the two lowest bits. */
export const OPTION_PACKET_FLAGS = 2;
export const OPTION_PACKET_DROPS = 4;
export const OPTION_STATISTICS_INTERFACE_DROPS = 5;
export const OPTION_STATISTICS_SYSTEM_DROPS = 7;
/** Custom option with a UTF-8 string, which tools may copy. */
export const OPTION_CUSTOM_TEXT = 2988;

/**
 * The enterprise number of a run's blocks and options. It is 32473, which RFC 5612 sets aside for examples: the
 * project has no registered number, and no vendor's block can carry this one. The text inside says whose it is.
 */
export const ENTERPRISE_NUMBER = 32473;

/** Longest option that the format can carry, in octets. */
export const OPTION_LENGTH_LIMIT = 0xffff;

/** Rounds up to the 32-bit boundary that blocks, frames and options are padded to. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** Receives one option of a block: `bytes[start, start + length)` is its value. */
export type OptionVisitor = (code: number, start: number, length: number) => void;

/**
 * Walks the options in `[start, end)`. Returns false where an option is longer than what is left; those before it have
 * been visited.
 */
export function visitOptions(
  view: DataView,
  littleEndian: boolean,
  start: number,
  end: number,
  visit: OptionVisitor,
): boolean {
  let position = start;
  while (end - position >= 4) {
    const code = view.getUint16(position, littleEndian);
    const length = view.getUint16(position + 2, littleEndian);
    if (code === OPTION_END) return true;
    if (position + 4 + length > end) return false;
    visit(code, position + 4, length);
    position += 4 + padded(length);
  }
  return true;
}
