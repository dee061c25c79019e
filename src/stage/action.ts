import type { Direction } from '../capture/frame.ts';
import type { RouterDescription } from './topology.ts';

/** Which frames a fault meets. Every field that is present must match; an empty matcher meets every frame. */
export interface FrameMatcher {
  readonly protocol?: 'vrrp' | 'arp' | 'nd' | 'icmp' | 'tcp' | 'udp';
  readonly virtualRouterId?: number;
  readonly priority?: number;
  readonly sourceMac?: string;
  readonly destinationMac?: string;
  readonly sourceAddress?: string;
  readonly destinationAddress?: string;
}

/** What a fault does to the frames that it meets. */
export type FrameEffect =
  | { readonly kind: 'drop' }
  | { readonly kind: 'delay'; readonly delayNs: number; readonly jitterNs?: number }
  | { readonly kind: 'duplicate'; readonly copies: number }
  /** Hold a frame back until this many others have passed it (or `holdNs` is over). */
  | { readonly kind: 'reorder'; readonly passedBy: number; readonly holdNs: number }
  /** They go on with this tag of 802.1Q. */
  | { readonly kind: 'tag'; readonly vlan: number }
  /** So many pass within any second; those beyond are lost. */
  | { readonly kind: 'police'; readonly framesPerSecond: number }
  /** Flip one bit at this octet, counted from the start of the Ethernet frame, or at a random one. */
  | { readonly kind: 'corrupt'; readonly offset?: number };

/**
 * A fault in a LAN's wire, at one node's port. Direction is the node's: 'in' is what would reach it, 'out' what leaves
 * it. A black hole is {direction: both, drop}; one direction lost names one.
 */
export interface WireFault {
  /** A name unique on the stage, to end it by and to find it in events. */
  readonly name: string;
  readonly lan: string;
  readonly node: string;
  readonly direction: 'in' | 'out' | 'both';
  readonly matcher: FrameMatcher;
  readonly effect: FrameEffect;
  /** Probability for each frame that matches, decided by the stage's seed; 1 when absent. */
  readonly probability?: number;
  /** Only the matching frames of these positions, counted from 1 after the fault began. */
  readonly positions?: readonly number[];
}

/**
 * A probe: numbered ICMP echo requests from a host at a fixed rate. What became of each is judged from the frames: its
 * answer at the host's port, or, of a one-way probe, its arrival at the port of the host that has the address. At the
 * ports of routers a stage need not show the messages of one-way probes.
 */
export interface Probe {
  readonly name: string;
  readonly from: string;
  /** The address that is probed. */
  readonly to: string;
  readonly intervalNs: number;
  /** Echo replies that nobody asked for instead of requests: nobody answers them, so that each way is seen apart. */
  readonly oneWay?: boolean;
}

/**
 * A TCP connection between the kernels of two hosts, with a few octets written to it at a fixed rate (probe-packet.ts).
 * What became of it is judged from its segments.
 */
export interface Connection {
  /** A name unique on the stage, to end it by. */
  readonly name: string;
  readonly from: string;
  /** The node that is connected to, and its address. */
  readonly to: string;
  readonly address: string;
  readonly intervalNs: number;
}

/** Frames as they are that leave a node's port in turn, at a fixed rate, from the first again after the last. */
export interface FrameStream {
  /** A name unique on the stage, to end it by. */
  readonly name: string;
  readonly node: string;
  readonly lan: string;
  /** At least one. */
  readonly frames: readonly Uint8Array[];
  /** From one frame to the next. */
  readonly intervalNs: number;
  /** Ends by itself after so many frames; goes on until it is ended where it is absent. */
  readonly count?: number;
}

/**
 * A program that somebody runs on a machine, by words and without a shell: on a node, or on a LAN's switch, which is a
 * kernel bridge. `{interface}` is the node's interface on its first LAN, `{macvlan}` the one of its interfaces that has
 * a virtual MAC; on a switch `{bridge}` is itself, and `{r1}` its port to the node of that name.
 */
export interface MachineCommand {
  readonly at: { readonly node: string } | { readonly lan: string };
  readonly words: readonly string[];
}

/** Somebody at a node's port who answers ARP requests and Neighbor Solicitations for addresses, whoever has them. */
export interface Answerer {
  readonly node: string;
  readonly lan: string;
  readonly addresses: readonly string[];
  /** What he answers, and sends from. */
  readonly macAddress: string;
}

/** What can be done on a stage. */
export type StageAction =
  | { readonly kind: 'start'; readonly router: string }
  | { readonly kind: 'stop'; readonly router: string }
  | { readonly kind: 'kill'; readonly router: string }
  | { readonly kind: 'freeze'; readonly router: string }
  | { readonly kind: 'thaw'; readonly router: string }
  /** It is given the configuration of another description of itself, and asked to read it again. */
  | { readonly kind: 'reload'; readonly router: string; readonly description: RouterDescription }
  | { readonly kind: 'run-command'; readonly command: MachineCommand }
  /** The process is killed and every link of the node goes down, at once. */
  | { readonly kind: 'power-off'; readonly node: string }
  /** The node's links come up, with nothing left of what was configured on it; routers are started by `start`. */
  | { readonly kind: 'power-on'; readonly node: string }
  | { readonly kind: 'pull-cable'; readonly node: string; readonly lan: string }
  | { readonly kind: 'plug-cable'; readonly node: string; readonly lan: string }
  /** The node's interface vanishes with all that hangs on it; it comes back with its addresses, as another one. */
  | { readonly kind: 'remove-interface'; readonly node: string; readonly lan: string }
  | { readonly kind: 'restore-interface'; readonly node: string; readonly lan: string }
  | { readonly kind: 'begin-fault'; readonly fault: WireFault }
  | { readonly kind: 'end-fault'; readonly name: string }
  /** A frame as it is, from the node's port into the LAN ('out'), or into the node ('in'). */
  | {
      readonly kind: 'send-frame';
      readonly node: string;
      readonly lan: string;
      readonly direction: Exclude<Direction, 0>;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'begin-stream'; readonly stream: FrameStream }
  | { readonly kind: 'end-stream'; readonly name: string }
  /** Until the end of the set. */
  | { readonly kind: 'begin-answering'; readonly answerer: Answerer }
  | { readonly kind: 'begin-probe'; readonly probe: Probe }
  | { readonly kind: 'end-probe'; readonly name: string }
  | { readonly kind: 'begin-connection'; readonly connection: Connection }
  | { readonly kind: 'end-connection'; readonly name: string }
  | { readonly kind: 'note'; readonly text: string };

/** Every kind of action, and whether it does something to a node or to what reaches it: a router may answer to that. */
const DISTURBS: Readonly<Record<StageAction['kind'], boolean>> = {
  start: true,
  stop: true,
  kill: true,
  freeze: true,
  thaw: true,
  reload: true,
  'run-command': true,
  'power-off': true,
  'power-on': true,
  'pull-cable': true,
  'plug-cable': true,
  'remove-interface': true,
  'restore-interface': true,
  'begin-fault': true,
  'end-fault': true,
  'send-frame': false,
  'begin-stream': false,
  'end-stream': false,
  'begin-answering': false,
  'begin-probe': false,
  'end-probe': false,
  'begin-connection': false,
  'end-connection': false,
  note: false,
};

/** The kinds of action that there are, for a stage that can do them all. */
export const EVERY_ACTION: ReadonlySet<StageAction['kind']> = new Set(Object.keys(DISTURBS) as StageAction['kind'][]);

/** Whether a change of who is Active may follow from an action of this kind. */
export function disturbs(kind: StageAction['kind']): boolean {
  return DISTURBS[kind];
}
