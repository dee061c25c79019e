import type { Nanoseconds } from '../../capture/time.ts';
import { append, createTimeline, items, type Timeline } from '../observer/timeline.ts';
import type { FrameReference } from '../result.ts';

/** Two answers for one address that are nearer than this answer the same question. */
const CONTEST_WITHIN_NS = 100_000_000;
const SPANS_PER_ADDRESS = 32;
const PLACES = 64;
const ADDRESSES = 1024;
const MACS_PER_CONTEST = 8;
const FRAMES_PER_CONTEST = 5;

/** A time in which frames said that a virtual address is at one link-layer address. */
export interface BindingSpan {
  readonly mac: string;
  readonly firstNs: Nanoseconds;
  lastNs: Nanoseconds;
  /** Frames that said so, and how many of them answered a host. */
  frames: number;
  answers: number;
  readonly firstFrame: FrameReference;
}

/** Who answers for one virtual address: link-layer addresses that did so within a moment, each other's rivals. */
export interface Contest {
  readonly address: string;
  readonly macs: Set<string>;
  /** Questions that more than one answered. */
  count: number;
  readonly frames: FrameReference[];
  /** The newest question: who has answered it, last by whom and when. */
  answeredBy: readonly string[];
  lastMac: string;
  lastNs: Nanoseconds;
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
  if (isAnswer) noteAnswer(view, address, mac, frame);
  const { timeNs } = frame;
  const newest = spans.newest[spans.newest.length - 1] ?? spans.oldest[spans.oldest.length - 1];
  if (newest === undefined || newest.mac !== mac) {
    append(spans, {
      mac,
      firstNs: timeNs,
      lastNs: timeNs,
      frames: 1,
      answers: isAnswer ? 1 : 0,
      firstFrame: frame,
    });
    return;
  }
  newest.lastNs = timeNs;
  newest.frames++;
  if (!isAnswer) return;
  newest.answers++;
}

/** Who has answered already begins to answer another question. */
function noteAnswer({ contests }: HostsView, address: string, mac: string, frame: FrameReference): void {
  const { timeNs } = frame;
  const contest = contests.get(address);
  if (contest === undefined) {
    contests.set(address, {
      address,
      macs: new Set(),
      count: 0,
      frames: [],
      answeredBy: [mac],
      lastMac: mac,
      lastNs: timeNs,
    });
    return;
  }
  const isNewQuestion = timeNs - contest.lastNs > CONTEST_WITHIN_NS;
  contest.lastNs = timeNs;
  if (!isNewQuestion && mac === contest.lastMac) return;
  contest.lastMac = mac;
  if (isNewQuestion || contest.answeredBy.includes(mac)) {
    contest.answeredBy = [mac];
    return;
  }
  if (contest.answeredBy.length >= MACS_PER_CONTEST) return;
  contest.answeredBy = [...contest.answeredBy, mac];
  for (const one of contest.answeredBy) if (contest.macs.size < MACS_PER_CONTEST) contest.macs.add(one);
  if (contest.answeredBy.length !== 2) return;
  contest.count++;
  if (contest.frames.length < FRAMES_PER_CONTEST) contest.frames.push(frame);
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
