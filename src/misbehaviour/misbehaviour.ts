import type { Protocol } from '../vrrp/protocol.ts';
import type { Family, VrrpVersion } from '../wire/vrrp.ts';

/**
 * One named way to be wrong, for a router that is right in everything else. What is absent is as it should be. Each
 * function is called once for every virtual router, so that what it remembers is that one's alone.
 */
export interface Misbehaviour {
  /** As scenarios name it: `no-skew`. */
  readonly name: string;
  /** What a router that has it does, in one line that goes on from its name. */
  readonly does: string;
  /** The requirements that it breaks. */
  readonly breaks: readonly string[];
  /** Where there is nothing of it in other versions or the other family. */
  /** Real processes alone can show it; why virtual time cannot, in words. */
  readonly notInVirtualTime?: string;
  readonly only?: { readonly version?: VrrpVersion; readonly family?: Family };
  /** Messages of which virtual routers it takes for its own: its own alone where this is absent. */
  readonly hears?: (family: Family, virtualRouterId: number, own: OwnVirtualRouter) => boolean;
  readonly protocol?: (right: Protocol) => Protocol;
  /** What becomes of frames that the router sends; the kernel's are not among them. */
  readonly frames?: () => FrameRewriter;
  readonly dataPlane?: DataPlane;
  /** When it advertises itself to hosts, where it should not: always; or once more, with a lifetime of 0, as it yields or stops. */
  readonly routerAdvertising?: 'as-backup' | 'takes-leave';
  /** What the router does not look after. */
  readonly neglects?: Neglect;
}

/** What is a router's to look after beyond the protocol: its configuration's words, and its machine. */
export type Neglect =
  | 'start-up-delay'
  | 'sync-groups'
  | 'virtual-interface'
  | 'interface-made-anew'
  | 'reverse-path-filter'
  | 'arp-of-interface';

export interface OwnVirtualRouter {
  readonly family: Family;
  readonly virtualRouterId: number;
}

/** What leaves in place of a frame: nothing, or one or more. */
export type FrameRewriter = (frame: Uint8Array, sender: Sender) => readonly Uint8Array[];

/** The router that sends a frame. */
export interface Sender {
  readonly physicalMac: Uint8Array;
  readonly virtualMac: Uint8Array;
}

/** What may come for a virtual router: who has its address; packets to its addresses; packets for others to its MAC. */
export type Traffic = 'questions' | 'packets' | 'transit';

/** What is wrong with the virtual MAC and addresses in the kernel. */
export interface DataPlane {
  /** What is served as Backup, where nothing should be. */
  readonly servedAsBackup?: readonly Traffic[];
  /** What is not served as Active, where everything should be. */
  readonly ignoredAsActive?: readonly Traffic[];
  /** Accept_Mode, whatever the configuration says. */
  readonly acceptMode?: boolean;
  /** The addresses are at the interface's own MAC. */
  readonly physicalMac?: true;
  /** What a router that is no more leaves in the kernel goes on answering: also where it was asked to stop. */
  readonly leftBehind?: 'when-killed' | 'when-stopped';
}

/** Whether a misbehaviour can show in a virtual router of this version and family. */
export function appliesTo({ only }: Misbehaviour, version: VrrpVersion, family: Family): boolean {
  return (only?.version ?? version) === version && (only?.family ?? family) === family;
}

/** What of the virtual router's traffic is ignored in a state; undefined: all of it, as a Backup should. */
export function ignoredTraffic(dataPlane: DataPlane | undefined, isActive: boolean): readonly Traffic[] | undefined {
  if (isActive) return dataPlane?.ignoredAsActive ?? [];
  const served = dataPlane?.servedAsBackup;
  return served === undefined ? undefined : EVERY_TRAFFIC.filter((kind) => !served.includes(kind));
}

const EVERY_TRAFFIC: readonly Traffic[] = ['questions', 'packets', 'transit'];
