import type { RunEvent } from '../../src/capture/event.ts';
import type { CaptureInterface, KeptFrame } from '../../src/capture/frame.ts';
import { DIRECTION_IN, DIRECTION_OUT } from '../../src/capture/frame.ts';
import type { Intent } from '../../src/capture/intent.ts';
import { type CaptureReader, createCaptureReader } from '../../src/capture/reader.ts';
import type { ObserverOptions } from '../../src/conformance/observer/api.ts';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import { asRun, mutateBlocks } from './blocks.ts';
import type { KeptCapture } from './kept-capture.ts';
import type { Mutation } from './mutate.ts';
import { MUTATION_KINDS, mutate } from './mutate.ts';
import { annotateAndRead, observeFrames, tellInEveryForm } from './told.ts';

/** One mutated capture, told by a seed and a number: the same two give the same case. */
export interface Case {
  /** What is judged: frames of one tap, the same at three routers' ports, the file's octets read anew, or a run's pcapng. */
  readonly form: 'tap' | 'ports' | 'file' | 'blocks';
  readonly capture: number;
  /** Which of its frames: from where (of all, modulo their number), and how many; absent: all. */
  readonly part?: { readonly from: number; readonly length: number };
  readonly options: ObserverOptions;
  readonly mutations: readonly Mutation[];
  /** Whether it is told as text, JSON, a page and an annotated capture as well: that takes longer than judging. */
  readonly isTold: boolean;
}

const NODES = ['r1', 'r2', 'h1'];
const MUTATIONS = 60;
const TOLD_ONE_IN = 25;
/** Most cases are a part of a capture, so that its changes meet; some are all of it. */
const WHOLE_ONE_IN = 10;
const PART_FRAMES = 120;
/** Frames reach the other ports this much later. */
const ON_THE_WIRE_NS = 20_000;

/** Numbers of 32 bits, evenly spread, the same for the same seed (Mulberry32's step). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** The case of that number. */
export function caseOf(seed: number, number: number, captures: number): Case {
  const random = randomNumbers(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  const forms = ['tap', 'tap', 'ports', 'file', 'blocks'] as const;
  const form = forms[random() % forms.length]!;
  const profiles = [{}, {}, { profile: 'rfc3768' }, { profile: 'rfc5798' }, { profile: 'rfc9568' }] as const;
  const limits = random() % 4 === 0 ? { limits: { virtualRouters: 4, senders: 6, findings: 8, tenures: 4 } } : {};
  const options = { ...profiles[random() % profiles.length], ...limits, ...(form === 'ports' ? { intent } : {}) };
  const capture = random() % captures;
  const isTold = random() % TOLD_ONE_IN === 0;
  const isWhole = random() % WHOLE_ONE_IN === 0;
  const part = { from: random(), length: 1 + (random() % PART_FRAMES) };
  const mutations = Array.from({ length: 1 + (random() % MUTATIONS) }, () => ({
    frame: random(),
    kind: MUTATION_KINDS[random() % MUTATION_KINDS.length]!,
    at: random() % 256,
    value: random() % 256,
  }));
  return { form, capture, ...(isWhole ? {} : { part }), options, mutations, isTold };
}

/** Judges the case. Throws whatever judging or telling it throws. */
export function play(one: Case, captures: readonly KeptCapture[], files: readonly Uint8Array[]): void {
  const capture = captures[one.capture]!;
  if (one.form === 'file') {
    playFile(octetsChanged(files[one.capture]!, one.mutations), one);
    return;
  }
  if (one.form === 'blocks') {
    const atThePorts = atPorts(capture);
    playFile(mutateBlocks(asRun(atThePorts, partOf(atThePorts, one), intent, EVENTS), one.mutations), one);
    return;
  }
  const kept = one.form === 'tap' ? capture : atPorts(capture);
  const frames = mutate(partOf(kept, one), one.mutations);
  const observation = observeFrames(kept, frames, one.options, one.form === 'ports' ? EVENTS : []);
  if (!one.isTold) return;
  tellInEveryForm(observation);
  annotateAndRead(observation, ({ sink }) => {
    sink.origin(observation.origin);
    for (const [index, description] of kept.interfaces.entries()) sink.interface(index, description);
    for (const [index, frame] of frames.entries()) {
      // No reader hands on a frame of an interface that it has not told of.
      if (kept.interfaces[frame.interfaceIndex] === undefined) continue;
      sink.frame({ ...frame, start: 0, end: frame.bytes.length, number: index + 1 });
    }
  });
}

function partOf({ frames }: KeptCapture, { part }: Case): readonly KeptFrame[] {
  if (part === undefined) return frames;
  const from = part.from % frames.length;
  return frames.slice(from, from + part.length);
}

const intent: Intent = {
  virtualRouters: NODES.slice(0, 2).map((router, index) => ({
    router,
    lan: 'lan',
    virtualRouterId: 51,
    version: 3,
    family: 'ipv4',
    priority: 200 - 100 * index,
    preempt: true,
    advertisementIntervalNs: 1e9,
    addresses: ['192.0.2.101', '192.0.2.100'],
  })),
};

/** What a lab says of its routers, somewhere in a capture. */
const EVENTS: readonly RunEvent[] = [
  { kind: 'router-started', router: 'r1', timeNs: 1e9 },
  { kind: 'router-started', router: 'r2', timeNs: 1.5e9 },
  { kind: 'router-stopping', router: 'r1', timeNs: 11e9 },
  { kind: 'router-started', router: 'r1', timeNs: 19e9 },
  { kind: 'router-killed', router: 'r1', timeNs: 23e9 },
  { kind: 'stall', timeNs: 30e9, durationNs: 1e9, core: 0 },
];

const portsOf = new WeakMap<KeptCapture, KeptCapture>();

/** The frames of a tap as three ports saw them: out of the one that the source address tells, into the others. */
function atPorts(capture: KeptCapture): KeptCapture {
  const known = portsOf.get(capture);
  if (known !== undefined) return known;
  const interfaces: CaptureInterface[] = NODES.map((node) => {
    const kind = node === 'h1' ? ('host' as const) : ('router' as const);
    return { name: node, linkType: 1, resolutionNanoseconds: 1, snapLength: 0, port: { node, kind, lan: 'lan' } };
  });
  const frames = capture.frames.flatMap((frame): KeptFrame[] => {
    const own = (frame.bytes[11] ?? 0) % NODES.length;
    return NODES.map((_, index) =>
      index === own
        ? { ...frame, interfaceIndex: index, direction: DIRECTION_OUT }
        : { ...frame, interfaceIndex: index, direction: DIRECTION_IN, timeNs: frame.timeNs + ON_THE_WIRE_NS },
    );
  });
  const made = { interfaces, frames };
  portsOf.set(capture, made);
  return made;
}

function octetsChanged(file: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  const bytes = file.slice();
  for (const { frame, at, value } of mutations) bytes[(frame + at) % bytes.length] = value;
  return bytes;
}

function playFile(bytes: Uint8Array, { mutations, options, isTold }: Case): void {
  const observer = createObserver(options);
  const reader = createCaptureReader(observer, { annotations: observer });
  // In pieces, as a pipe hands them over.
  const piece = 1 + ((mutations[0]?.value ?? 0) + 1) * 64;
  pushInPieces(reader, bytes, piece);
  const observation = observer.finish();
  if (!isTold) return;
  tellInEveryForm(observation);
  annotateAndRead(observation, ({ sink, annotations }) => {
    pushInPieces(createCaptureReader(sink, { annotations }), bytes, piece);
  });
}

function pushInPieces(reader: CaptureReader, bytes: Uint8Array, piece: number): void {
  for (let start = 0; start < bytes.length; start += piece) reader.push(bytes.subarray(start, start + piece));
  reader.end();
}

/** The fewest of its mutations with which the case still throws. */
export function smallest(one: Case, captures: readonly KeptCapture[], files: readonly Uint8Array[]): Case {
  let mutations = one.mutations;
  for (let index = mutations.length - 1; index >= 0; index--) {
    const fewer = mutations.toSpliced(index, 1);
    try {
      play({ ...one, mutations: fewer }, captures, files);
    } catch {
      mutations = fewer;
    }
  }
  return { ...one, mutations };
}
