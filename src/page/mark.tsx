import type { TellingFrame } from './story.tsx';

const TOP = 5;
const BOTTOM = 20;
const MIDDLE = (TOP + BOTTOM) / 2;
const RADIUS = 3.5;

interface MarkProperties {
  readonly told: TellingFrame;
  readonly x: number;
  /** The top of its lane. */
  readonly y: number;
  readonly isChosen: boolean;
}

/** A frame in its lane: a line for an advertisement, a triangle for priority 0, a circle for everything else. */
export function Mark({ told: { frame, description, broken }, x, y, isChosen }: MarkProperties) {
  const classes = ['mark', description.kind, ...(broken.length > 0 ? ['broken'] : []), ...(isChosen ? ['chosen'] : [])];
  const common = { class: classes.join(' '), 'data-frame': frame.number };
  if (description.kind === 'advertisement') {
    return <line {...common} x1={x} x2={x} y1={y + TOP} y2={y + BOTTOM} />;
  }
  if (description.kind === 'release') {
    return <path {...common} d={`M${x - 4} ${y + TOP}h8l-4 ${BOTTOM - TOP}z`} />;
  }
  return <circle {...common} cx={x} cy={y + MIDDLE} r={RADIUS} />;
}
