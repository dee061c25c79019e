import type { ErratumSwitch } from '../conformance/errata.ts';
import type { CauseId, Level, Profile } from '../conformance/result.ts';
import type { MachineCommand, Probe, StageAction } from '../stage/action.ts';
import type { Topology } from '../stage/topology.ts';
import type { Timers } from './duration.ts';
import type { Variant } from './variant.ts';

/** Rises when a plan of before would be played differently now. */
export const PLAN_VERSION = 2;

/**
 * What a scenario comes to: everything is said, every time is in nanoseconds, and it is plain data. YAML files compile
 * to it (compile.ts); programs may write it themselves.
 */
export interface Plan {
  readonly planVersion: typeof PLAN_VERSION;
  /** Short and fit for a file name: `power-off`. */
  readonly scenario: string;
  /** What it shows, in one line. */
  readonly title: string;
  readonly variant: Variant;
  /** The document that is judged by. */
  readonly profile: Profile;
  /** The documents that want what it expects, where others want something else; absent: all. */
  readonly judgedBy?: readonly Profile[];
  /** The errata of RFC 9568 that count; absent: all of them. */
  readonly errata?: readonly ErratumSwitch[];
  readonly topology: Topology;
  readonly steps: readonly PlanStep[];
  readonly expectations: readonly PlanExpectation[];
  /** The implementation that plays every router whose description names no other, where there was one to choose. */
  readonly implementation?: string;
  /** The requirements of the ledger that it puts to the test. */
  readonly covers?: readonly string[];
  /** The file that it came from, as it was given to the command. */
  readonly file?: string;
}

interface Written {
  /** The step or expectation in the words of its author: `power-off r1`. */
  readonly text: string;
  /** Its line in the file. */
  readonly line?: number;
}

export type PlanStep = Written & { readonly label?: string } & (
    | { readonly kind: 'perform'; readonly actions: readonly SerialisableAction[] }
    /** One after the other. */
    | { readonly kind: 'run-commands'; readonly commands: readonly MachineCommand[] }
    | { readonly kind: 'send'; readonly send: SendDescription; readonly forNs: number }
    /** Goes on while later steps are played, until an action ends the stream of that name. */
    | { readonly kind: 'keep-sending'; readonly name: string; readonly send: Omit<SendDescription, 'count'> }
    | { readonly kind: 'await'; readonly condition: Condition; readonly withinNs: number }
    | { readonly kind: 'pause'; readonly forNs: number }
  );

/** Every action of a stage but frames as they are: a plan says what a frame carries, and it is built when it is sent. */
export type SerialisableAction = Exclude<StageAction, { readonly kind: 'send-frame' | 'begin-stream' }>;

/** Crafted frames that leave a node's port in turn. */
export interface SendDescription {
  readonly node: string;
  readonly lan: string;
  readonly frames: readonly CraftedFrame[];
  readonly count: number;
  readonly everyNs: number;
}

export type CraftedFrame = CraftedAdvertisement | CraftedQuestion | CraftedSolicitation | CraftedPacket;

/** An ARP request or a Neighbor Solicitation, as the family of the addresses says. */
export interface CraftedQuestion {
  readonly kind: 'question';
  readonly target: string;
  readonly source: string;
  readonly sourceMac: string;
  /** Broadcast, or the solicited-node group, where it is absent. */
  readonly destinationMac?: string;
}

/** A Router Solicitation to all routers, with the source link-layer option. */
export interface CraftedSolicitation {
  readonly kind: 'solicitation';
  readonly source: string;
  readonly sourceMac: string;
}

/** A UDP datagram or an echo request that is known again by the number in it. */
export interface CraftedPacket {
  readonly kind: 'datagram' | 'echo';
  readonly number: number;
  readonly source: string;
  readonly destination: string;
  readonly sourceMac: string;
  /** The destination group's where it is absent. */
  readonly destinationMac?: string;
  readonly hopLimit: number;
}

/** Every field of an advertisement; numbers need not be valid. Intervals are as on the wire. */
export interface CraftedAdvertisement {
  readonly kind: 'advertisement';
  readonly version: number;
  readonly type: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly interval: number;
  readonly addresses: readonly string[];
  /** The address count, where it differs from the list. */
  readonly count?: number;
  readonly reserved: number;
  readonly checksum: 'message-alone' | 'with-pseudo-header' | 'wrong' | number;
  readonly authenticationType: number;
  readonly authenticationData: string;
  readonly trailingOctets: number;
  readonly cutOctets: number;
  readonly hopLimit: number;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourceMac: string;
  readonly destinationMac: string;
}

/** Which virtual routers are meant: of one VRID, of one LAN, or every one. */
export interface VirtualRouterChoice {
  readonly lan?: string;
  readonly virtualRouterId?: number;
}

/** What the wire may show. Frames count that leave the router, at its own port. */
export type Condition = VirtualRouterChoice &
  (
    | { readonly kind: 'active'; readonly router: string }
    | { readonly kind: 'advertisement'; readonly from: string; readonly priority?: number; readonly count: number }
    | { readonly kind: 'silence'; readonly from: string; readonly forNs: number }
    | { readonly kind: 'ended'; readonly router: string }
  );

export type PlanExpectation = Written &
  VirtualRouterChoice & {
    /** How it counts where it does not hold; as a MUST where it is absent. */
    readonly level?: Level;
  } & (
    | { readonly kind: 'takeover'; readonly router: string; readonly afterStep: number }
    | {
        readonly kind: 'outage';
        readonly probe: Probe;
        readonly belowNs?: number;
        readonly aboveNs?: number;
      }
    | { readonly kind: 'one-active'; readonly when: 'throughout' | 'at-end' }
    | { readonly kind: 'active'; readonly router: string; readonly timers: Timers }
    | {
        readonly kind: 'silent';
        readonly router: string;
        readonly afterStep: number;
        readonly untilStep?: number;
        /** Also while the step itself is played, and not after it. */
        readonly during?: true;
      }
    | {
        readonly kind: 'steady';
        readonly router: string;
        readonly step: number;
        readonly intervalNs: number;
        readonly extraAllowed: boolean;
      }
    | {
        readonly kind: 'announced';
        readonly router: string;
        readonly address: string;
        readonly afterStep: number;
      }
    | { readonly kind: 'cause'; readonly cause: CauseId; readonly wanted: boolean; readonly seenAt?: string }
    | { readonly kind: 'yield'; readonly router: string; readonly step: number }
    | {
        readonly kind: 'response';
        readonly router: string;
        readonly step: number;
        readonly wanted: boolean;
        /** To an advertisement: whether the router's own go on an interval after the response, or as before. */
        readonly timer?: { readonly becomes: 'restarted' | 'kept'; readonly intervalNs: number };
      }
    | { readonly kind: 'never'; readonly condition: Condition; readonly afterStep: number; readonly untilStep?: number }
    | {
        readonly kind: 'rules';
        readonly profile: Profile;
        readonly only?: readonly string[];
        readonly except: readonly string[];
      }
  );
