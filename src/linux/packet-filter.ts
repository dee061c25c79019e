import { addressOf, c, check, nativeBuffer } from './libc.ts';
import { SOL_SOCKET } from './socket-constants.ts';

// A filter of the kernel's classic packet filter (BPF): a short program that decides of each frame whether a socket gets it.

/** One instruction; jumps go forward to labels. */
export type FilterStep =
  /** Loads an octet, two or four, big-endian, from the start of the Ethernet frame; what is too short is not received. */
  | { readonly load: 1 | 2 | 4; readonly at: number }
  /** Loads how long the frame is, or the index of its link. */
  | { readonly know: 'length' | 'link' }
  /** Compares what was loaded; `else`, or the next instruction, where it does not hold. */
  | {
      readonly when: 'equal' | 'at least' | 'any bit of';
      readonly value: number;
      readonly to: string;
      readonly else?: string;
    }
  | { readonly verdict: 'receive' | 'leave out' }
  | { readonly label: string };

const SO_ATTACH_FILTER = 26;
const INSTRUCTION_OCTETS = 8;
const LOAD_ABSOLUTE = { 1: 0x30, 2: 0x28, 4: 0x20 } as const;
const LOAD_LENGTH = 0x80;
/** Of the frame's data that is no octet of it: the index of its link. */
const LINK_INDEX = 0xfffff000 + 8;
const JUMP = { equal: 0x15, 'at least': 0x35, 'any bit of': 0x45 } as const;
const RETURN = 0x06;
const WHOLE_FRAME = 0xffffffff;

/** The program as the kernel takes it. @throws Error where a label is missing, behind, or too far away */
export function assembleFilter(steps: readonly FilterStep[]): Uint8Array<ArrayBuffer> {
  const labels = new Map<string, number>();
  const instructions: Exclude<FilterStep, { readonly label: string }>[] = [];
  for (const step of steps) {
    if ('label' in step) labels.set(step.label, instructions.length);
    else instructions.push(step);
  }
  const bytes = nativeBuffer(instructions.length * INSTRUCTION_OCTETS);
  const view = new DataView(bytes.buffer);
  for (const [index, step] of instructions.entries()) {
    const write = (code: number, value: number, onTrue = 0, onFalse = 0): void => {
      view.setUint16(index * INSTRUCTION_OCTETS, code, true);
      view.setUint8(index * INSTRUCTION_OCTETS + 2, onTrue);
      view.setUint8(index * INSTRUCTION_OCTETS + 3, onFalse);
      view.setUint32(index * INSTRUCTION_OCTETS + 4, value, true);
    };
    const distance = (label: string | undefined): number => {
      if (label === undefined) return 0;
      const far = (labels.get(label) ?? -1) - index - 1;
      if (far < 0 || far > 255) throw new Error(`no jump from instruction ${index} to '${label}'`);
      return far;
    };
    if ('verdict' in step) write(RETURN, step.verdict === 'receive' ? WHOLE_FRAME : 0);
    else if ('when' in step) write(JUMP[step.when], step.value, distance(step.to), distance(step.else));
    else if ('know' in step && step.know === 'length') write(LOAD_LENGTH, 0);
    else if ('know' in step) write(LOAD_ABSOLUTE[4], LINK_INDEX);
    else write(LOAD_ABSOLUTE[step.load], step.at);
  }
  return bytes;
}

/**
 * Has the kernel give a socket only what the filter receives.
 * @throws LinuxError
 */
export function attachFilter(fd: number, filter: Uint8Array<ArrayBuffer>): void {
  const program = nativeBuffer(16);
  const view = new DataView(program.buffer);
  view.setUint16(0, filter.length / INSTRUCTION_OCTETS, true);
  view.setBigUint64(8, addressOf(filter), true);
  check(
    c.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, program.length),
    'setsockopt',
    'filter what a socket receives',
  );
}
