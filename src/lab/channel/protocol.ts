import type { RunEvent } from '../../capture/event.ts';
import type { FrameStream, StageAction } from '../../stage/action.ts';
import type { StageSummary, StageUsage } from '../../stage/stage.ts';
import type { Topology } from '../../stage/topology.ts';
import type { LaunchFile, RouterLaunch } from '../launch.ts';

// What the command and the lab's server say to each other. Two channels join them: control (JSON, both ways) and
// frames (binary, from the server alone; frame-batch.ts).

/** Descriptors that the server inherits. */
export const CONTROL_DESCRIPTOR = 3;
export const FRAMES_DESCRIPTOR = 4;
/** Packet sockets at links of the host, where there are any, from here on. */
export const FIRST_OUTSIDE_DESCRIPTOR = 5;

/** An action as it crosses the channel: the bytes of a frame are hexadecimal, a description is the files made from it. */
export type WireAction =
  | Exclude<StageAction, { readonly kind: 'send-frame' | 'begin-stream' | 'reload' }>
  | { readonly kind: 'reload'; readonly router: string; readonly files: readonly LaunchFile[] }
  | { readonly kind: 'begin-stream'; readonly stream: WireStream }
  | (Omit<Extract<StageAction, { readonly kind: 'send-frame' }>, 'bytes'> & { readonly hexadecimal: string });

/** A stream as it crosses the channel. */
export type WireStream = Omit<FrameStream, 'frames'> & { readonly hexadecimals: readonly string[] };

/** A port that leads to a router outside: frames are relayed to and from a link of the host. */
export interface OutsidePort {
  readonly node: string;
  readonly lan: string;
  /** The host's link. */
  readonly interfaceIndex: number;
  /** Descriptors of two packet sockets at that link, which the server inherited: to relay, and to capture. */
  readonly relay: number;
  readonly capture: number;
}

/** A set to build: launches by the router's name. */
export interface BuildRequest {
  readonly kind: 'build';
  readonly set: number;
  /** The origin of the set's time, nanoseconds since 1970, decimal. */
  readonly originUnixNanoseconds: string;
  readonly topology: Topology;
  readonly launches: Readonly<Record<string, RouterLaunch>>;
  /** The ports that lead to routers outside; their nodes have no process. */
  readonly outside: readonly OutsidePort[];
  readonly seed: number;
}

export type RequestBody =
  | BuildRequest
  | { readonly kind: 'perform'; readonly set: number; readonly action: WireAction }
  | { readonly kind: 'close-set'; readonly set: number }
  | { readonly kind: 'name-machines'; readonly set: number }
  | { readonly kind: 'usage' };

export type Request = RequestBody & { readonly id: number };

/** What the server can do and what its clocks say, sent once when it is ready. */
export interface ServerReady {
  readonly kind: 'ready';
  readonly realTime: boolean;
  readonly clock: ClockReading;
}

/** CLOCK_REALTIME and CLOCK_MONOTONIC at one moment; the first is decimal, since it outgrows a double. */
export interface ClockReading {
  readonly realtimeNs: string;
  readonly monotonicNs: number;
}

export interface ErrorBody {
  readonly message: string;
  readonly cure?: string;
}

/** What the server answers: a summary to `close-set`, paths to `name-machines`, and what it has used to `usage`. */
export interface AnswerBody {
  readonly result?: StageSummary;
  /** The network namespace of each node, as the sandbox sees it. */
  readonly machines?: Readonly<Record<string, string>>;
  readonly usage?: Omit<StageUsage, 'commandMs'>;
}

export type ServerMessage =
  | ServerReady
  | { readonly kind: 'failed'; readonly error: ErrorBody }
  /** The wall clock was stepped: what the clocks say now. */
  | { readonly kind: 'clock-step'; readonly stepNs: number; readonly clock: ClockReading }
  | ({ readonly kind: 'answer'; readonly id: number; readonly error?: ErrorBody } & AnswerBody)
  | { readonly kind: 'event'; readonly set: number; readonly event: RunEvent };
