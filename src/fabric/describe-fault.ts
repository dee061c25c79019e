import type { FrameEffect, FrameMatcher, WireFault } from '../stage/action.ts';

function milliseconds(ns: number): string {
  return `${ns / 1e6} ms`;
}

function describeEffect(effect: FrameEffect): string {
  switch (effect.kind) {
    case 'drop':
      return 'drops';
    case 'delay':
      return `delays by ${milliseconds(effect.delayNs)}${effect.jitterNs ? ` ± ${milliseconds(effect.jitterNs)}` : ''}`;
    case 'duplicate':
      return `sends ${effect.copies} more of`;
    case 'reorder':
      return `holds back until ${effect.passedBy} others have passed, or for ${milliseconds(effect.holdNs)},`;
    case 'tag':
      return `tags for VLAN ${effect.vlan}`;
    case 'police':
      return `lets pass ${effect.framesPerSecond} a second of`;
    case 'corrupt':
      return `flips a bit${effect.offset === undefined ? '' : ` of octet ${effect.offset}`} of`;
  }
}

function describeMatcher(matcher: FrameMatcher): string {
  const fields = Object.entries(matcher).filter(([, value]) => value !== undefined);
  return fields.length === 0 ? 'frames' : `frames with ${fields.map(([name, value]) => `${name} ${value}`).join(', ')}`;
}

const DIRECTIONS: Readonly<Record<WireFault['direction'], string>> = {
  in: 'to',
  out: 'from',
  both: 'to and from',
};

/** Says in words what a fault does: `drops 10% of frames with protocol vrrp from r1 on lan`. */
export function describeFault(fault: WireFault): string {
  const chosen = [
    ...(fault.positions === undefined ? [] : [`number ${fault.positions.join(', ')} of the`]),
    ...(fault.probability === undefined ? [] : [`${fault.probability * 100}% of`]),
  ];
  return [
    describeEffect(fault.effect),
    ...chosen,
    describeMatcher(fault.matcher),
    DIRECTIONS[fault.direction],
    fault.node,
    'on',
    fault.lan,
  ].join(' ');
}
