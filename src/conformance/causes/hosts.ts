import type { Nanoseconds } from '../../capture/time.ts';
import { NEVER } from '../observer/state.ts';
import { append, createTimeline, items, type Timeline } from '../observer/timeline.ts';
import type { FrameReference } from '../result.ts';

/** Two answers for one address that are nearer than this answer the same question. */
const CONTEST_WITHIN_NS = 100_000_000;
const SPANS_PER_ADDRESS = 32;
const CONTESTS = 256;
const PLACES = 64;
const ADDRESSES = 1024;

/** A time in which frames said that a virtual address is at one link-layer address. */
export interface BindingSpan {
  readonly mac: string;
  readonly firstNs: Nanoseconds;
  lastNs: Nanoseconds;
  /** Frames that said so, and how many of them answered a host. */
  frames: number;
  answers: number;
  lastAnswerNs: Nanoseconds;
  readonly firstFrame: FrameReference;
}

/** Two link-layer addresses answered for one virtual address within a moment. */
export interface Contest {
  readonly address: string;
  readonly macs: readonly [string, string];
  count: number;
  readonly firstNs: Nanoseconds;
  lastNs: Nanoseconds;
  readonly frames: FrameReference[];
}

/** Where frames from the virtual MAC came in: what a switch learns. */
export interface MacPlace {
  readonly place: string;
  readonly firstNs: Nanoseconds;
  lastNs: Nanoseconds;
  frames: number;
  readonly firstFrame: FrameReference;
}

/** What hosts and switches saw of one virtual router. Bounded. */
export interface HostsView {
  readonly addresses: Map<string, Timeline<BindingSpan>>;
  readonly contests: Map<string, Contest>;
  readonly places: Timeline<MacPlace>;
  newestPlace: MacPlace | undefined;
}

export function createHostsView(): HostsView {
  return { addresses: new Map(), contests: new Map(), places: createTimeline(PLACES), newestPlace: undefined };
}

/** A frame says that a virtual address is at a link-layer address. */
export function noteBinding(
  view: HostsView,
  address: string,
  mac: string,
  isAnswer: boolean,
  frame: FrameReference,
): void {
  let spans = view.addresses.get(address);
  if (spans === undefined) {
    if (view.addresses.size >= ADDRESSES) return;
    spans = createTimeline(SPANS_PER_ADDRESS);
    view.addresses.set(address, spans);
  }
  const { timeNs } = frame;
  const newest = spans.newest[spans.newest.length - 1] ?? spans.oldest[spans.oldest.length - 1];
  if (newest === undefined || newest.mac !== mac) {
    if (newest !== undefined && isAnswer && timeNs - newest.lastAnswerNs <= CONTEST_WITHIN_NS) {
      noteContest(view, address, [newest.mac, mac], frame);
    }
    append(spans, {
      mac,
      firstNs: timeNs,
      lastNs: timeNs,
      frames: 1,
      answers: isAnswer ? 1 : 0,
      lastAnswerNs: isAnswer ? timeNs : NEVER,
      firstFrame: frame,
    });
    return;
  }
  newest.lastNs = timeNs;
  newest.frames++;
  if (!isAnswer) return;
  newest.answers++;
  newest.lastAnswerNs = timeNs;
}

function noteContest(view: HostsView, address: string, macs: readonly [string, string], frame: FrameReference): void {
  const key = `${address} ${macs.toSorted().join(' ')}`;
  const known = view.contests.get(key);
  if (known !== undefined) {
    known.count++;
    known.lastNs = frame.timeNs;
    if (known.frames.length < 5) known.frames.push(frame);
  } else if (view.contests.size < CONTESTS) {
    view.contests.set(key, {
      address,
      macs,
      count: 1,
      firstNs: frame.timeNs,
      lastNs: frame.timeNs,
      frames: [frame],
    });
  }
}

/** A frame from the virtual MAC came in at a port; `place` names it. */
export function notePlace(view: HostsView, place: string, frame: FrameReference): void {
  const { newestPlace } = view;
  if (newestPlace?.place === place) {
    newestPlace.lastNs = frame.timeNs;
    newestPlace.frames++;
    return;
  }
  view.newestPlace = { place, firstNs: frame.timeNs, lastNs: frame.timeNs, frames: 1, firstFrame: frame };
  append(view.places, view.newestPlace);
}

/** All spans of one address, in the order of time. */
export function spansOf(view: HostsView, address: string): readonly BindingSpan[] {
  const spans = view.addresses.get(address);
  return spans === undefined ? [] : items(spans);
}
