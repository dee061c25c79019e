import { scaleLinear } from 'd3-scale';
import { select } from 'd3-selection';
import { type D3ZoomEvent, type ZoomBehavior, zoom, zoomIdentity } from 'd3-zoom';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageSpan, PageStep, PageStory } from './data.ts';
import { Faults } from './faults.tsx';
import { Mark } from './mark.tsx';
import type { TellingFrame } from './story.tsx';
import { formatMs } from './words.ts';

const LANE = 34;
/** Above the lanes: what was done. Below them: the axis. */
const HEAD = 34;
const AXIS = 20;
const NAMES = 56;
const BAR = 8;
/** The narrowest span that can be zoomed to, in milliseconds. */
const NARROWEST_MS = 0.01;
const ZOOM_STEP = 3;
/** A frame is pointed at from so far, in pixels. */
const REACH = 12;

interface TimelineProperties {
  readonly story: PageStory;
  readonly frames: readonly TellingFrame[];
  readonly steps: readonly PageStep[];
  readonly chosen: number | undefined;
  readonly choose: (frame: number | undefined) => void;
}

interface Tip {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** A lane for each machine; drag to move, Ctrl and wheel (or two fingers) to zoom, point at anything to learn what it is. */
export function Timeline({ story, frames, steps, chosen, choose }: TimelineProperties) {
  const drawing = useRef<SVGSVGElement>(null);
  const behavior = useRef<ZoomBehavior<SVGSVGElement, unknown>>(undefined);
  const [width, setWidth] = useState(600);
  const [transform, setTransform] = useState(zoomIdentity);
  const [tip, setTip] = useState<Tip>();
  const { lanes, endMs, faults, holdUps } = story;
  const height = HEAD + lanes.length * LANE + AXIS;

  useEffect(() => {
    const svg = drawing.current;
    if (svg === null) return;
    const observer = new ResizeObserver(() => setWidth(svg.clientWidth));
    observer.observe(svg);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const svg = drawing.current;
    if (svg === null) return;
    behavior.current = zoom<SVGSVGElement, unknown>()
      .scaleExtent([1, Math.max(1, endMs / NARROWEST_MS)])
      .extent([
        [NAMES, 0],
        [width, height],
      ])
      .translateExtent([
        [NAMES, 0],
        [width, height],
      ])
      // The wheel alone scrolls the page.
      .filter((event: MouseEvent | WheelEvent | TouchEvent) => event.type !== 'wheel' || event.ctrlKey || event.metaKey)
      .on('zoom', (event: D3ZoomEvent<SVGSVGElement, unknown>) => setTransform(event.transform));
    select(svg).call(behavior.current).on('dblclick.zoom', null);
  }, [width, height, endMs]);

  const x = transform.rescaleX(scaleLinear([0, endMs], [NAMES, width]));
  const [fromMs = 0, toMs = endMs] = x.domain();
  const isSeen = (begin: number, end = begin) => end >= fromMs && begin <= toMs;
  const zoomBy = (factor: number) => {
    if (drawing.current !== null && behavior.current !== undefined)
      behavior.current.scaleBy(select(drawing.current), factor);
  };
  const reset = () => {
    if (drawing.current !== null && behavior.current !== undefined)
      behavior.current.transform(select(drawing.current), zoomIdentity);
  };
  const nearest = (event: MouseEvent): TellingFrame | undefined => {
    const { left, top } = drawing.current!.getBoundingClientRect();
    const lane = Math.floor((event.clientY - top - HEAD) / LANE);
    const distance = ({ frame }: TellingFrame) => Math.abs(x(frame.atMs) - (event.clientX - left));
    const near = frames.filter((one) => one.frame.lane === lane && distance(one) <= REACH);
    return near.toSorted((one, other) => distance(one) - distance(other))[0];
  };
  const point = (event: MouseEvent) => {
    const { left, top } = drawing.current!.getBoundingClientRect();
    const told = nearest(event);
    const named = event.target instanceof Element ? event.target.getAttribute('data-tip') : null;
    const text = told === undefined ? named : `frame ${told.frame.number}: ${told.description.summary}`;
    setTip(text === null ? undefined : { x: event.clientX - left, y: event.clientY - top, text });
  };
  const step = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const to = frames[Math.max(0, frames.findIndex(({ frame }) => frame.number === chosen) + by)];
    if (by === 0 || to === undefined) return;
    event.preventDefault();
    choose(to.frame.number);
  };
  return (
    <>
      <div class="row">
        <button type="button" onClick={() => zoomBy(ZOOM_STEP)}>
          zoom in
        </button>
        <button type="button" onClick={() => zoomBy(1 / ZOOM_STEP)}>
          zoom out
        </button>
        <button type="button" onClick={reset}>
          all
        </button>
        <span class="dim">
          {formatMs(toMs - fromMs, toMs - fromMs)} shown; drag to move, Ctrl and wheel to zoom, click a frame
        </span>
      </div>
      <section
        class="drawing"
        aria-label="timeline: the arrow keys go from frame to frame"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys go from frame to frame
        tabIndex={0}
        onMouseMove={point}
        onMouseLeave={() => setTip(undefined)}
        onClick={(event) => {
          const told = nearest(event);
          if (told !== undefined) choose(told.frame.number);
        }}
        onKeyDown={step}
      >
        <svg ref={drawing} height={height} aria-hidden="true">
          {lanes.map(({ name, spans }, index) => (
            <g key={name} transform={`translate(0 ${HEAD + index * LANE})`}>
              <line class="lane" x1={0} x2={width} y1={LANE} y2={LANE} />
              {spans
                .filter((span) => isSeen(span.fromMs, span.toMs))
                .map((span, number) => (
                  <Span key={number} span={span} x={x} width={width} />
                ))}
            </g>
          ))}
          {holdUps
            .filter((span) => isSeen(span.fromMs, span.toMs))
            .map((span, index) => (
              <Band key={index} span={span} x={x} height={height - AXIS} width={width} />
            ))}
          {steps.map(({ beganMs, text }, index) =>
            beganMs === undefined || !isSeen(beganMs) ? null : (
              <path
                key={index}
                class="span-active"
                d={`M${x(beganMs) - 4} ${HEAD - 8}h8l-4 7z`}
                data-tip={`step: ${text}`}
              />
            ),
          )}
          <Faults faults={faults.filter(({ atMs }) => isSeen(atMs))} x={x} width={width} height={height - AXIS} />
          {frames
            .filter(({ frame }) => isSeen(frame.atMs))
            .map((told) => (
              <Mark
                key={told.frame.number}
                told={told}
                x={x(told.frame.atMs)}
                y={HEAD + told.frame.lane * LANE}
                isChosen={told.frame.number === chosen}
              />
            ))}
          {x.ticks(Math.max(2, Math.floor((width - NAMES) / 90))).map((ms) => (
            <g key={ms}>
              <line class="lane" x1={x(ms)} x2={x(ms)} y1={height - AXIS} y2={height - AXIS + 4} />
              <text class="dim" x={x(ms)} y={height - 4} text-anchor={x(ms) > width - 40 ? 'end' : 'middle'}>
                {formatMs(ms, toMs - fromMs)}
              </text>
            </g>
          ))}
          {lanes.map(({ name }, index) => (
            <text key={name} x={4} y={HEAD + index * LANE + LANE / 2 + 4}>
              {name}
            </text>
          ))}
        </svg>
        {tip !== undefined && (
          <div
            class="tip"
            style={{ left: `${Math.min(tip.x + 10, Math.max(0, width - 200))}px`, top: `${tip.y + 14}px` }}
          >
            {tip.text}
          </div>
        )}
      </section>
    </>
  );
}

interface SpanProperties {
  readonly span: PageSpan;
  readonly x: (ms: number) => number;
  readonly width: number;
}

/** A time of a machine: it ran, it was Active, it got no answers. Never narrower than can be seen. */
function Span({ span: { kind, fromMs, toMs, text }, x, width }: SpanProperties) {
  const begin = Math.max(x(fromMs), NAMES);
  const end = Math.min(x(toMs), width);
  const isBar = kind === 'active' || kind === 'running' || kind === 'frozen';
  const tall = kind === 'active' ? BAR : 3;
  return (
    <rect
      class={`span-${kind}`}
      x={begin}
      width={Math.max(end - begin, 1)}
      y={isBar ? LANE - 4 - tall : 2}
      height={isBar ? tall : LANE - 4}
      data-tip={text}
    />
  );
}

/** A time that concerns every lane. */
function Band({ span: { fromMs, toMs, text }, x, width, height }: SpanProperties & { readonly height: number }) {
  const begin = Math.max(x(fromMs), NAMES);
  const end = Math.min(x(toMs), width);
  return (
    <rect
      class="span-hold-up"
      x={begin}
      width={Math.max(end - begin, 1)}
      y={HEAD}
      height={height - HEAD}
      data-tip={text}
    />
  );
}
