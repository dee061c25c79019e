import type { ClockReading } from '../channel/protocol.ts';
import type { StallJournal } from '../stalls/journal.ts';

/** What the capture's worker is asked. */
export type CaptureRequest =
  | {
      readonly kind: 'begin';
      readonly set: number;
      /** The fabric's namespace, as a path. */
      readonly namespacePath: string;
      /** The origin of the set's time, nanoseconds since 1970, decimal. */
      readonly originUnixNanoseconds: string;
      /** Pairs of the fabric end's interface index and the port's number. */
      readonly ports: readonly (readonly [interfaceIndex: number, port: number])[];
      /** Those of routers, by the same index: what passes through them is seen at the ports of hosts (probe-filter.ts). */
      readonly routerLinks: readonly number[];
      /** Ports of routers outside: a packet socket at the host's link, which stamps their frames, instead. */
      readonly outside: readonly OutsideCapture[];
    }
  /** These processes are this router from now on: it is told when they had no core. */
  | { readonly kind: 'watch'; readonly set: number; readonly router: string; readonly pids: readonly number[] }
  | { readonly kind: 'end'; readonly set: number };

/** Where the frames of a router outside are captured. */
export interface OutsideCapture {
  readonly descriptor: number;
  readonly hostInterfaceIndex: number;
  readonly port: number;
}

/** What the capture's worker is started with: who notes stalls, and where. */
export interface CaptureData {
  readonly cores: readonly { readonly core: number; readonly journal: StallJournal }[];
  /** Of the kernel's lock; one hold may be in several. */
  readonly locks: readonly StallJournal[];
}

/** What it tells unasked: the wall clock was stepped. */
export interface CaptureNotice {
  readonly stepNs: number;
  readonly clock: ClockReading;
}
