import type { WireFault } from '../stage/action.ts';
import { StageError } from '../stage/stage.ts';
import { compileMatcher, type FrameTest } from './matcher.ts';
import { createRandomStream, type RandomStream } from './random.ts';

const MAC_ADDRESSES_OCTETS = 12;
const TAG_OCTETS = 4;
const ETHER_TYPE_TAGGED = 0x8100;
const SECOND_NS = 1_000_000_000;

/** Takes a frame on: to the next fault, to the switch, or out of a port. The bytes are `bytes[start, end)`. */
export type Pass = (bytes: Uint8Array, start: number, end: number) => void;

/** What faults need of whoever has a clock. */
export interface FaultClock {
  /** Does `work` after this time; false where too much waits already, and then the frame is lost. */
  later(delayNs: number, work: () => void): boolean;
}

/** A fault that has begun, in one direction of its port. */
export interface RunningFault {
  readonly name: string;
  /** Lets a frame through, changed, later, more than once, or not at all. */
  apply(bytes: Uint8Array, start: number, end: number, pass: Pass): void;
  /** The fault is over: what is held back goes on. */
  end(): void;
}

/** Which frames a fault meets: what it counts and draws is shared by its two directions. */
interface Chooser {
  readonly random: RandomStream;
  chooses(bytes: Uint8Array, start: number, end: number): boolean;
}

function testOf(fault: WireFault): FrameTest {
  try {
    return compileMatcher(fault.matcher);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new StageError(`fault '${fault.name}': ${error.message}`);
  }
}

function createChooser(fault: WireFault, seed: number): Chooser {
  const matches = testOf(fault);
  const random = createRandomStream(seed, fault.name);
  const positions = fault.positions === undefined ? undefined : new Set(fault.positions);
  const probability = fault.probability ?? 1;
  let matched = 0;
  return {
    random,
    chooses(bytes, start, end) {
      if (!matches(bytes, start, end)) return false;
      matched += 1;
      if (positions !== undefined && !positions.has(matched)) return false;
      return probability >= 1 || random.fraction() < probability;
    },
  };
}

/** The frame's bytes are the receive buffer's, and overwritten by the next frame: what waits is copied. */
function keep(bytes: Uint8Array, start: number, end: number): Uint8Array {
  // A memory that never moves is asked for by the system call that sends it.
  const kept = new Uint8Array(new ArrayBuffer(end - start));
  kept.set(bytes.subarray(start, end));
  return kept;
}

function corrupted(
  bytes: Uint8Array,
  start: number,
  end: number,
  offset: number | undefined,
  random: RandomStream,
): Uint8Array {
  const kept = keep(bytes, start, end);
  const at = offset ?? random.below(kept.length);
  if (at < kept.length) kept[at]! ^= 1 << random.below(8);
  return kept;
}

/** A frame with a tag of 802.1Q behind its MAC addresses, priority 0. */
function tagged(bytes: Uint8Array, start: number, end: number, vlan: number): Uint8Array {
  const made = new Uint8Array(new ArrayBuffer(end - start + TAG_OCTETS));
  made.set(bytes.subarray(start, start + MAC_ADDRESSES_OCTETS));
  made.set([ETHER_TYPE_TAGGED >> 8, ETHER_TYPE_TAGGED & 0xff, vlan >> 8, vlan & 0xff], MAC_ADDRESSES_OCTETS);
  made.set(bytes.subarray(start + MAC_ADDRESSES_OCTETS, end), MAC_ADDRESSES_OCTETS + TAG_OCTETS);
  return made;
}

interface HeldFrame {
  readonly bytes: Uint8Array;
  readonly pass: Pass;
  passedBy: number;
  released: boolean;
}

/** One frame at a time is held; while it is, the others pass it, whether the fault meets them or not. */
function reorder(chooser: Chooser, clock: FaultClock, wanted: number, holdNs: number): Omit<RunningFault, 'name'> {
  let held: HeldFrame | undefined;
  function release(frame: HeldFrame): void {
    if (frame.released) return;
    frame.released = true;
    if (held === frame) held = undefined;
    frame.pass(frame.bytes, 0, frame.bytes.length);
  }
  return {
    apply(bytes, start, end, pass) {
      const chosen = chooser.chooses(bytes, start, end);
      if (chosen && held === undefined) {
        const frame: HeldFrame = { bytes: keep(bytes, start, end), pass, passedBy: 0, released: false };
        if (clock.later(holdNs, () => release(frame))) held = frame;
        return;
      }
      pass(bytes, start, end);
      if (held === undefined) return;
      held.passedBy += 1;
      if (held.passedBy >= wanted) release(held);
    },
    end() {
      if (held !== undefined) release(held);
    },
  };
}

function effectOf(fault: WireFault, chooser: Chooser, clock: FaultClock): Omit<RunningFault, 'name'> {
  const { effect } = fault;
  const nothingHeld = (): void => {};
  switch (effect.kind) {
    case 'drop':
      return {
        apply(bytes, start, end, pass) {
          if (!chooser.chooses(bytes, start, end)) pass(bytes, start, end);
        },
        end: nothingHeld,
      };
    case 'delay': {
      const jitterNs = effect.jitterNs ?? 0;
      return {
        apply(bytes, start, end, pass) {
          if (!chooser.chooses(bytes, start, end)) {
            pass(bytes, start, end);
            return;
          }
          const kept = keep(bytes, start, end);
          const extraNs = jitterNs === 0 ? 0 : (2 * chooser.random.fraction() - 1) * jitterNs;
          clock.later(Math.max(0, Math.round(effect.delayNs + extraNs)), () => pass(kept, 0, kept.length));
        },
        end: nothingHeld,
      };
    }
    case 'duplicate':
      return {
        apply(bytes, start, end, pass) {
          const copies = chooser.chooses(bytes, start, end) ? effect.copies : 0;
          for (let sent = 0; sent <= copies; sent += 1) pass(bytes, start, end);
        },
        end: nothingHeld,
      };
    case 'corrupt':
      return {
        apply(bytes, start, end, pass) {
          if (!chooser.chooses(bytes, start, end)) {
            pass(bytes, start, end);
            return;
          }
          const changed = corrupted(bytes, start, end, effect.offset, chooser.random);
          pass(changed, 0, changed.length);
        },
        end: nothingHeld,
      };
    case 'tag':
      return {
        apply(bytes, start, end, pass) {
          if (!chooser.chooses(bytes, start, end)) {
            pass(bytes, start, end);
            return;
          }
          const changed = tagged(bytes, start, end, effect.vlan);
          pass(changed, 0, changed.length);
        },
        end: nothingHeld,
      };
    case 'police': {
      let passed = 0;
      let window = false;
      return {
        apply(bytes, start, end, pass) {
          if (!chooser.chooses(bytes, start, end)) {
            pass(bytes, start, end);
            return;
          }
          if (!window) {
            window = clock.later(SECOND_NS, () => {
              window = false;
              passed = 0;
            });
          }
          passed += 1;
          if (passed <= effect.framesPerSecond) pass(bytes, start, end);
        },
        end: nothingHeld,
      };
    }
    case 'reorder':
      return reorder(chooser, clock, effect.passedBy, effect.holdNs);
  }
}

/** A fault's two sides: what leaves the node, and what would reach it; absent where the fault leaves it alone. */
export interface FaultSides {
  readonly out: RunningFault | undefined;
  readonly in: RunningFault | undefined;
}

/**
 * Begins a fault. The same seed, name and frames have the same outcome.
 * @throws StageError naming an address of the matcher that is none
 */
export function beginFault(fault: WireFault, seed: number, clock: FaultClock): FaultSides {
  const chooser = createChooser(fault, seed);
  const side = (): RunningFault => ({ name: fault.name, ...effectOf(fault, chooser, clock) });
  return {
    out: fault.direction === 'in' ? undefined : side(),
    in: fault.direction === 'out' ? undefined : side(),
  };
}

/** Leads a frame through faults in the order in which they began, and on. */
export function passFaults(
  faults: readonly RunningFault[],
  from: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  pass: Pass,
): void {
  const fault = faults[from];
  if (fault === undefined) pass(bytes, start, end);
  else fault.apply(bytes, start, end, (kept, first, last) => passFaults(faults, from + 1, kept, first, last, pass));
}
