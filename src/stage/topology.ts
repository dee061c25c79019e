import type { VirtualRouterIntent } from '../capture/intent.ts';

/** What carries frames between the ports of a LAN: a kernel bridge, or the wire in user space, which every fault needs. */
export type Fabric = 'bridge' | 'wire';

export interface LanDescription {
  readonly name: string;
  readonly fabric: Fabric;
}

/** A port of a node: its interface (`eth0` unless named) on a LAN. */
export interface PortDescription {
  readonly lan: string;
  readonly interfaceName: string;
  readonly macAddress: string;
  /** Addresses with prefix length, `192.0.2.1/24`, `fe80::ff:fe00:1/64`. */
  readonly addresses: readonly string[];
}

export interface HostDescription {
  readonly kind: 'host';
  readonly name: string;
  readonly ports: readonly PortDescription[];
  /** The default gateways, one a family. */
  readonly gateways: readonly string[];
}

/** How far a router's process is from one that has a right clock and a core of its own. */
export interface RouterTiming {
  /** By how many millionths its clock is fast; negative where it is slow. */
  readonly clockDriftPpm?: number;
  /** It waits for a core before each thing that it does, for up to so long; the seed decides. */
  readonly schedulingDelayNs?: number;
  /** It starts so long after it was told to. */
  readonly startOffsetNs?: number;
}

export interface RouterDescription {
  readonly kind: 'router';
  readonly name: string;
  readonly ports: readonly PortDescription[];
  /** The name of the implementation that plays it: native, keepalived, … */
  readonly implementation: string;
  /** The one thing that it does wrong, by its name: the native router can. */
  readonly misbehaviour?: string;
  readonly virtualRouters: readonly VirtualRouterIntent[];
  /** How its process keeps time, where that is not by the clock of the stage: virtual time alone can do this. */
  readonly timing?: RouterTiming;
  /** The document that it is to follow, where it can follow several. */
  readonly rfc?: '3768' | '5798' | '9568';
  /** The configuration word for word, instead of one made from `virtualRouters`. */
  readonly configuration?: string;
  /** It will be asked to read another configuration while it runs. */
  readonly reloads?: true;
  /** Whether the node forwards IP packets; true for a gateway. */
  readonly forwarding: boolean;
}

/** The implementation of a router outside the bench: one that an interface of the host leads to. */
export const OUTSIDE = 'port';

/** Whether a node is a router outside: what is done to it is a question to whoever runs it. */
export function isOutside(
  node: NodeDescription,
): node is RouterDescription & { readonly implementation: typeof OUTSIDE } {
  return node.kind === 'router' && node.implementation === OUTSIDE;
}

/** A node without addresses or processes, whose port only sends crafted frames. */
export interface TesterDescription {
  readonly kind: 'tester';
  readonly name: string;
  readonly ports: readonly PortDescription[];
}

export type NodeDescription = HostDescription | RouterDescription | TesterDescription;

/** Everything that is there before the first step. */
export interface Topology {
  readonly lans: readonly LanDescription[];
  readonly nodes: readonly NodeDescription[];
}
