import { decodePort } from './annotations.ts';
import type { CaptureInterface, PortRole } from './frame.ts';
import { isCooked } from './pcap.ts';
import * as ng from './pcapng.ts';
import type { TickClock } from './ticks.ts';
import { createTickClock, DEFAULT_RESOLUTION } from './ticks.ts';

/** What is known of an interface beside what is announced. */
export interface InterfaceState {
  readonly clock: TickClock;
  readonly description: CaptureInterface;
  readonly cooked: boolean;
  /** The clock has been tied to the origin. */
  based: boolean;
  /** Lost frames: the last count of the statistics blocks, and the sum of those in packet blocks. */
  reportedDrops: number | undefined;
  packetDrops: number;
}

const decoder = new TextDecoder();

/** Text of an option: UTF-8, ended by its length or, as some programs write it, a zero. */
function decodeText(bytes: Uint8Array): string {
  const zero = bytes.indexOf(0);
  return decoder.decode(zero < 0 ? bytes : bytes.subarray(0, zero));
}

/** Reads the Interface Description Block at `position`; nothing where one of its options is longer than the block. */
export function readInterface(
  view: DataView,
  bytes: Uint8Array,
  littleEndian: boolean,
  position: number,
  length: number,
): { readonly state: InterfaceState; readonly complaint: string | undefined } | undefined {
  let name = '';
  let text = '';
  let resolution = DEFAULT_RESOLUTION;
  let offsetSeconds = 0n;
  let port: PortRole | string | undefined;
  const sound = ng.visitOptions(view, littleEndian, position + 16, position + length - 4, (code, start, size) => {
    const value = bytes.subarray(start, start + size);
    if (code === ng.OPTION_INTERFACE_NAME) name = decodeText(value);
    else if (code === ng.OPTION_INTERFACE_DESCRIPTION) text = decodeText(value);
    else if (code === ng.OPTION_INTERFACE_RESOLUTION && size === 1) resolution = view.getUint8(start);
    else if (code === ng.OPTION_INTERFACE_OFFSET && size === 8) offsetSeconds = view.getBigInt64(start, littleEndian);
    else if (isOurs(view, littleEndian, code, start, size)) port = decodePort(decodeText(value.subarray(4)));
  });
  if (!sound) return undefined;
  const clock = createTickClock(resolution, offsetSeconds);
  const linkType = view.getUint16(position + 8, littleEndian);
  const description: CaptureInterface = {
    name,
    ...(text === '' ? {} : { description: text }),
    linkType,
    resolutionNanoseconds: clock.nanosecondsPerTick,
    snapLength: view.getUint32(position + 12, littleEndian),
    ...(typeof port === 'object' ? { port } : {}),
  };
  const complaint = typeof port === 'string' ? port : undefined;
  const cooked = isCooked(linkType);
  return {
    state: { clock, description, cooked, based: false, reportedDrops: undefined, packetDrops: 0 },
    complaint,
  };
}

function isOurs(view: DataView, littleEndian: boolean, code: number, start: number, size: number): boolean {
  return code === ng.OPTION_CUSTOM_TEXT && size >= 4 && view.getUint32(start, littleEndian) === ng.ENTERPRISE_NUMBER;
}

/** Frames lost by the interface and the system, as an Interface Statistics Block counts them; nothing where it does not. */
export function readDrops(view: DataView, littleEndian: boolean, position: number, length: number): number | undefined {
  let drops: number | undefined;
  ng.visitOptions(view, littleEndian, position + 20, position + length - 4, (code, start, size) => {
    const counts = code === ng.OPTION_STATISTICS_INTERFACE_DROPS || code === ng.OPTION_STATISTICS_SYSTEM_DROPS;
    if (counts && size === 8) drops = (drops ?? 0) + Number(view.getBigUint64(start, littleEndian));
  });
  return drops;
}
