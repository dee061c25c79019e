import type { PageMark } from './data.ts';

const LABEL_Y = 12;
const LINE_Y = 17;
/** A letter of a label, in pixels: wide enough that labels never touch. */
const LETTER = 6.2;
const REACH = 8;

interface FaultsProperties {
  readonly faults: readonly PageMark[];
  readonly x: (ms: number) => number;
  readonly width: number;
  readonly height: number;
}

/** What was done to the LAN: a line through all lanes, with words where there is room for them. */
export function Faults({ faults, x, width, height }: FaultsProperties) {
  let freeFrom = 0;
  return (
    <>
      {faults.map(({ atMs, text }, index) => {
        const at = x(atMs);
        const length = text.length * LETTER;
        const begin = Math.max(0, Math.min(at - REACH / 2, width - length));
        const hasRoom = begin >= freeFrom;
        if (hasRoom) freeFrom = begin + length + REACH;
        const tip = `${text} (${atMs.toFixed(3)} ms)`;
        return (
          <g key={index}>
            <line class="fault" x1={at} x2={at} y1={LINE_Y} y2={height} />
            {/* Easier to point at than the line itself. */}
            <line x1={at} x2={at} y1={0} y2={height} stroke="transparent" stroke-width={REACH} data-tip={tip} />
            {hasRoom && (
              <text x={begin} y={LABEL_Y}>
                {text}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}
