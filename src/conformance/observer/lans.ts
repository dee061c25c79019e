import type { CaptureInterface } from '../../capture/frame.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { createBurst } from '../causes/bursts.ts';
import type { Sender } from './bindings.ts';
import { createMemberships } from './solicited-node.ts';
import type { LanState } from './state.ts';
import { NEVER } from './state.ts';

/** An interface of a capture, and which LANs are behind it. */
export interface Place {
  readonly description: CaptureInterface;
  readonly sender: Sender;
  /** A number for the node whose port it is, 0 where there is none. */
  readonly nodeIndex: number;
  /** When the newest frame was seen there. */
  lastFrameNs: Nanoseconds;
  /** A silence there that is no longer than this loses nothing. */
  harmlessSilenceNs: number;
  /** The LAN of frames without VLAN tag. */
  untagged: LanState | undefined;
  /** By outer and inner VLAN id. */
  readonly tagged: Map<number, LanState>;
}

/** Which LAN a frame belongs to: its interface or port, then its stack of VLAN tags. */
export interface Lans {
  readonly all: readonly LanState[];
  readonly limits: ReadonlySet<string>;
  addInterface(index: number, description: CaptureInterface): Place;
  place(index: number): Place;
  /** The LAN of a frame at a place. */
  of(place: Place, frame: FrameCursor): LanState;
  byName(name: string): LanState;
  /** What was seen at this place is a copy of frames of that LAN: from now on it is the same one. */
  join(place: Place, frame: FrameCursor, lan: LanState): void;
}

const UNTAGGED = 0xfff;
/** LANs beyond are lumped together: tags may be invented. */
const LANS = 4096;

export function createLans(): Lans {
  const places: (Place | undefined)[] = [];
  const all: LanState[] = [];
  const limits = new Set<string>();
  const names = new Map<string, LanState>();
  const nodeIndices = new Map<string, number>();

  function byName(name: string): LanState {
    let lan = names.get(name);
    if (lan === undefined) {
      if (all.length >= LANS) {
        limits.add(`more than ${LANS} LANs: the others were taken for one`);
        return all[LANS - 1]!;
      }
      lan = {
        index: all.length,
        name,
        previousFrameNs: NEVER,
        lastFrameNs: NEVER,
        firstFrameNs: NEVER,
        virtualRouters: [],
        byAddress: new Map(),
        neighbours: new Map(),
        unclaimed: [],
        answered: new Set(),
        joins: new Map(),
        burst: createBurst(),
        memberships: createMemberships(),
      };
      all.push(lan);
      names.set(name, lan);
    }
    return lan;
  }

  function baseName(place: Place, index: number): string {
    const { port, lan, name } = place.description;
    return port?.lan ?? lan ?? (name || `interface ${index}`);
  }

  function nodeIndexOf(node: string): number {
    const known = nodeIndices.get(node) ?? nodeIndices.size + 1;
    nodeIndices.set(node, known);
    return known;
  }

  function addInterface(index: number, description: CaptureInterface): Place {
    const { port } = description;
    const hasNode = port !== undefined && port.kind !== 'fabric';
    const place: Place = {
      description,
      sender: { node: hasNode ? port.node : undefined, isRouter: port?.kind === 'router' },
      nodeIndex: hasNode ? nodeIndexOf(port.node) : 0,
      lastFrameNs: NEVER,
      harmlessSilenceNs: 0,
      untagged: undefined,
      tagged: new Map(),
    };
    places[index] = place;
    return place;
  }

  function addUnknown(index: number): Place {
    return addInterface(index, { name: `interface ${index}`, linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
  }

  function vlanKey(frame: FrameCursor): number {
    return (frame.outerVlan << 12) | (frame.innerVlan < 0 ? UNTAGGED : frame.innerVlan);
  }

  return {
    all,
    limits,
    addInterface,
    // Asked for each frame: the name of one that was not announced is made where it is needed.
    place: (index) => places[index] ?? addUnknown(index),
    byName,
    of(place, frame) {
      if (frame.vlanCount === 0) {
        place.untagged ??= byName(baseName(place, places.indexOf(place)));
        return place.untagged;
      }
      const key = vlanKey(frame);
      let lan = place.tagged.get(key);
      if (lan === undefined) {
        const inner = frame.innerVlan < 0 ? '' : `.${frame.innerVlan}`;
        lan = byName(`${baseName(place, places.indexOf(place))} vlan ${frame.outerVlan}${inner}`);
        if (place.tagged.size < LANS) place.tagged.set(key, lan);
      }
      return lan;
    },
    join(place, frame, lan) {
      if (frame.vlanCount === 0) place.untagged = lan;
      else place.tagged.set(vlanKey(frame), lan);
    },
  };
}
