import type { ClockReading } from '../channel/protocol.ts';

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
    }
  | { readonly kind: 'end'; readonly set: number };

/** What it tells unasked: the wall clock was stepped. */
export interface CaptureNotice {
  readonly stepNs: number;
  readonly clock: ClockReading;
}
