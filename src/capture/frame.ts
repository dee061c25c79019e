import {
  LINK_TYPE_ETHERNET,
  LINK_TYPE_IPV4,
  LINK_TYPE_IPV6,
  LINK_TYPE_LINUX_SLL,
  LINK_TYPE_LINUX_SLL2,
  LINK_TYPE_LOOP,
  LINK_TYPE_NULL,
  LINK_TYPE_RAW_IP,
} from '../wire/link.ts';
import type { Nanoseconds, TimeOrigin } from './time.ts';

/** The link types of captures are those that wire reads. */
export {
  LINK_TYPE_ETHERNET,
  LINK_TYPE_IPV4,
  LINK_TYPE_IPV6,
  LINK_TYPE_LINUX_SLL,
  LINK_TYPE_LINUX_SLL2,
  LINK_TYPE_LOOP,
  LINK_TYPE_NULL,
  LINK_TYPE_RAW_IP,
};

/** Which way a frame passed the place where it was seen: into the node that owns the place, or out of it. */
export const DIRECTION_UNKNOWN = 0;
export const DIRECTION_IN = 1;
export const DIRECTION_OUT = 2;
export type Direction = typeof DIRECTION_UNKNOWN | typeof DIRECTION_IN | typeof DIRECTION_OUT;

/** What a port of a lab or a simulation is: whose it is and on which LAN. */
export interface PortRole {
  /** The node's name in the scenario, `r1`. */
  readonly node: string;
  readonly kind: 'router' | 'host' | 'tester' | 'fabric';
  /** The LAN's name in the scenario. */
  readonly lan: string;
  /** The physical MAC address of the node's end of the port, `02:00:00:00:01:01`, where it is known. */
  readonly macAddress?: string;
  /** A router outside the bench: its frames were seen at an interface of the host, which is as exact as a tap. */
  readonly outside?: boolean;
}

/** A place where frames are seen: an interface of a capture file, or a port. */
export interface CaptureInterface {
  readonly name: string;
  readonly description?: string;
  /** The link type of the frames of this interface (`LINK_TYPE_…`). */
  readonly linkType: number;
  /** The resolution of its time stamps, in nanoseconds. */
  readonly resolutionNanoseconds: number;
  /** Longest part of a frame that is kept, in octets; 0 means no limit. */
  readonly snapLength: number;
  /** Present where the frames come from a lab or a simulation. */
  readonly port?: PortRole;
  /** Where several captures are read as one: the file that it is of, and the LAN that they have in common. */
  readonly file?: string;
  readonly lan?: string;
}

/** Where a frame was seen as well: an interface, and its number in the file of that interface. */
export interface FramePlace {
  readonly interfaceIndex: number;
  readonly number: number;
}

/**
 * One frame: time, place, bytes. Readers hand out one reusable record; whoever keeps a frame copies what it needs.
 * The bytes are `bytes[start, end)`, so that a reader need not allocate a view for each frame.
 */
export interface FrameRecord {
  timeNs: Nanoseconds;
  /** Index into the source's list of interfaces. */
  interfaceIndex: number;
  direction: Direction;
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Length on the wire, in octets; larger than `end - start` where the capture cut the frame. */
  originalLength: number;
  /** Position in the source, from 1, as Wireshark counts. */
  number: number;
  /** Where several captures are read as one: the other places at which the same frame was seen. */
  places?: readonly FramePlace[] | undefined;
}

/** An empty record, to be filled for each frame of a source. */
export function createFrameRecord(): FrameRecord {
  return {
    timeNs: 0,
    interfaceIndex: 0,
    direction: DIRECTION_UNKNOWN,
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    originalLength: 0,
    number: 0,
    places: undefined,
  };
}

/** What receives frames from a source: interfaces are announced before their first frame; `record` is reused. */
export interface FrameSink {
  /** Called once, before anything else, when the origin of the session's time is known. */
  origin(origin: TimeOrigin): void;
  interface(index: number, description: CaptureInterface): void;
  frame(record: FrameRecord): void;
}

/** A frame that is kept: a copy, owned by whoever holds it. */
export interface KeptFrame {
  readonly timeNs: Nanoseconds;
  readonly interfaceIndex: number;
  readonly direction: Direction;
  readonly bytes: Uint8Array;
  readonly originalLength: number;
  readonly number: number;
}
