import { MILLISECOND } from '../capture/time.ts';
import type { FrameEffect, FrameMatcher, WireFault } from '../stage/action.ts';
import { primaryAddress } from './addresses.ts';
import type { Scene } from './compile-topology.ts';
import { requireName } from './compile-values.ts';
import { parseDuration } from './duration.ts';
import { DocumentError, type DocumentPath } from './problem.ts';
import type { FaultDocument, FramesDocument } from './schema.ts';
import { forVariant, VARIANT_FACTS } from './variant.ts';

const EFFECTS = ['lose', 'delay', 'duplicate', 'reorder', 'corrupt', 'tag', 'police'] as const;
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];
const NODE = '[A-Za-z][A-Za-z0-9_-]*';
const KINDS = 'advertisements?|ARP frames?|neighbor discovery frames?|pings?|frames?|everything';
const SENTENCE = new RegExp(
  String.raw`^(?:the (\d+)(?:st|nd|rd|th) |the (${ORDINALS.join('|')}) |every |all )?(${KINDS})(?: from (${NODE}))?(?: to (${NODE}))?$`,
  'i',
);

/** Which frames, at whose port, which way. */
interface Selection {
  readonly matcher: FrameMatcher;
  readonly positions?: readonly number[];
  readonly node?: string;
  readonly direction?: WireFault['direction'];
}

/** A fault step of a document as the stage takes it. */
export function compileFault(scene: Scene, said: FaultDocument, path: DocumentPath, openFaults: number): WireFault {
  const kind = EFFECTS.find((effect) => said[effect] !== undefined)!;
  const lan = requireName(said.lan ?? scene.lans[0]!, scene.lans, 'LAN', [...path, 'lan']);
  const selection = selectFrames(scene, lan, said[kind]!, [...path, kind]);
  const node = said.at ?? selection.node;
  if (node === undefined) throw new DocumentError(path, "expected 'at', the node at whose port it happens");
  return {
    name: said.name ?? (openFaults === 0 ? 'fault' : `fault${openFaults + 1}`),
    lan,
    node: requireName(node, scene.nodes, 'node', [...path, 'at']),
    direction: said.direction ?? selection.direction ?? 'both',
    matcher: selection.matcher,
    effect: effectOf(kind, said, path),
    ...(said.chance === undefined ? {} : { probability: said.chance }),
    ...(selection.positions === undefined ? {} : { positions: selection.positions }),
  };
}

function effectOf(kind: (typeof EFFECTS)[number], said: FaultDocument, path: DocumentPath): FrameEffect {
  switch (kind) {
    case 'lose':
      return { kind: 'drop' };
    case 'delay':
      if (said.by === undefined) throw new DocumentError(path, "a delay needs 'by', such as by: 5ms");
      return {
        kind: 'delay',
        delayNs: parseDuration(said.by)!,
        ...(said.jitter === undefined ? {} : { jitterNs: parseDuration(said.jitter)! }),
      };
    case 'duplicate':
      return { kind: 'duplicate', copies: said.copies ?? 1 };
    case 'reorder':
      return {
        kind: 'reorder',
        passedBy: said['passed-by'] ?? 1,
        holdNs: parseDuration(said.by ?? '100ms') ?? 100 * MILLISECOND,
      };
    case 'tag':
      if (said.vlan === undefined) throw new DocumentError(path, "a tag needs 'vlan', such as vlan: 51");
      return { kind: 'tag', vlan: said.vlan };
    case 'police':
      if (said.rate === undefined) throw new DocumentError(path, "a policer needs 'rate', such as rate: 100");
      return { kind: 'police', framesPerSecond: said.rate };
    case 'corrupt':
      return said.offset === undefined ? { kind: 'corrupt' } : { kind: 'corrupt', offset: said.offset };
  }
}

function selectFrames(scene: Scene, lan: string, said: FramesDocument, path: DocumentPath): Selection {
  if (typeof said === 'string') return selectInWords(scene, lan, said, path);
  const given: [keyof FrameMatcher, unknown][] = [
    ['protocol', said.protocol],
    ['virtualRouterId', said['virtual-router']],
    ['priority', said.priority],
    ['sourceMac', forVariant<string>(said['source-mac'], scene.variant)],
    ['destinationMac', forVariant<string>(said['destination-mac'], scene.variant)],
    ['sourceAddress', forVariant<string>(said.source, scene.variant)],
    ['destinationAddress', forVariant<string>(said.destination, scene.variant)],
  ];
  const matcher = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as FrameMatcher;
  return said.positions === undefined ? { matcher } : { matcher, positions: said.positions };
}

/** `the 3rd advertisement from r1`: what leaves r1. `advertisements to r2`: what would reach r2. */
function selectInWords(scene: Scene, lan: string, words: string, path: DocumentPath): Selection {
  const parts = SENTENCE.exec(words.trim());
  if (parts === null) {
    const examples = "'the 3rd advertisement from r1', 'every advertisement from r1 to r2' or 'everything to r2'";
    throw new DocumentError(path, `cannot read '${words}'; expected words such as ${examples}`);
  }
  const [, number, ordinal, kind, from, to] = parts;
  const position = number === undefined ? ORDINALS.indexOf(ordinal?.toLowerCase() ?? '') + 1 : Number(number);
  const protocol = protocolOf(kind!.toLowerCase());
  for (const name of [from, to]) if (name !== undefined) requireName(name, scene.nodes, 'node', path);
  const matcher: FrameMatcher = {
    ...(protocol === undefined ? {} : { protocol }),
    ...(from !== undefined && to !== undefined
      ? { sourceAddress: senderAddress(scene, lan, from, protocol, path) }
      : {}),
  };
  return {
    matcher,
    ...(position > 0 ? { positions: [position] } : {}),
    ...(from === undefined && to === undefined
      ? {}
      : { node: to ?? from!, direction: to === undefined ? 'out' : 'in' }),
  };
}

function protocolOf(kind: string): FrameMatcher['protocol'] {
  if (kind.startsWith('advertisement')) return 'vrrp';
  if (kind.startsWith('arp')) return 'arp';
  if (kind.startsWith('neighbor')) return 'nd';
  return kind.startsWith('ping') ? 'icmp' : undefined;
}

/** Advertisements come from a router's primary address; other frames of a router do not tell their sender. */
function senderAddress(
  scene: Scene,
  lan: string,
  from: string,
  protocol: FrameMatcher['protocol'],
  path: DocumentPath,
): string {
  if (protocol !== 'vrrp') {
    throw new DocumentError(path, "'from' and 'to' together are for advertisements; expected one of the two");
  }
  return primaryAddress(
    VARIANT_FACTS[scene.variant].family,
    scene.lans.indexOf(lan) + 1,
    scene.nodes.indexOf(from) + 1,
  );
}
