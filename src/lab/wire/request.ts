import type { SwitchPort } from '../../fabric/switch.ts';
import type { WireFault } from '../../stage/action.ts';

/** What the wire's worker is asked. Namespaces are paths. */
export type WireRequest =
  | {
      readonly kind: 'begin';
      readonly set: number;
      readonly namespacePath: string;
      readonly ports: readonly SwitchPort[];
      readonly seed: number;
    }
  /** Frames go between a link of the host and the port of a router outside, until the set ends. */
  | {
      readonly kind: 'begin-relay';
      readonly set: number;
      /** Of the packet socket in the host's namespace. */
      readonly descriptor: number;
      readonly hostInterfaceIndex: number;
      readonly namespacePath: string;
      readonly interfaceIndex: number;
    }
  | { readonly kind: 'end'; readonly set: number }
  | { readonly kind: 'begin-fault'; readonly set: number; readonly fault: WireFault }
  | { readonly kind: 'end-fault'; readonly set: number; readonly name: string }
  | { readonly kind: 'forget'; readonly set: number; readonly interfaceIndex: number }
  | {
      readonly kind: 'begin-probe';
      readonly set: number;
      readonly name: string;
      readonly namespacePath: string;
      readonly to: string;
      /** The link of a link-local destination; 0 where the kernel's routes say it. */
      readonly interfaceIndex: number;
      readonly intervalNs: number;
      readonly identifier: number;
      readonly oneWay: boolean;
    }
  | { readonly kind: 'end-probe'; readonly set: number; readonly name: string }
  | {
      readonly kind: 'begin-stream';
      readonly set: number;
      readonly name: string;
      readonly namespacePath: string;
      /** The link in that namespace that the frames leave by. */
      readonly interfaceIndex: number;
      readonly frames: readonly Uint8Array[];
      readonly intervalNs: number;
      readonly count?: number;
    }
  | {
      readonly kind: 'begin-answering';
      readonly set: number;
      readonly namespacePath: string;
      readonly interfaceIndex: number;
      readonly addresses: readonly string[];
      readonly macAddress: string;
    }
  | { readonly kind: 'end-stream'; readonly set: number; readonly name: string }
  | {
      readonly kind: 'begin-connection';
      readonly set: number;
      readonly name: string;
      readonly clientPath: string;
      readonly serverPath: string;
      readonly address: string;
      readonly intervalNs: number;
    }
  | { readonly kind: 'end-connection'; readonly set: number; readonly name: string };

/** What the worker answers. */
export interface WireAnswer {
  /** To `end`: frames that the set's wires and relays lost though no fault said so. */
  readonly overflows: number;
  /** To `begin-fault` and `end-fault`. */
  readonly changed?: WireChange;
}

/** When a fault took effect: between two readings of CLOCK_REALTIME. Frames that came before the first were passed before. */
export interface WireChange {
  readonly fromUnixNs: bigint;
  readonly toUnixNs: bigint;
}
