import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Direction } from '../../src/capture/frame.ts';
import { DIRECTION_UNKNOWN, type FrameRecord } from '../../src/capture/frame.ts';
import { readMerged } from '../../src/capture/merge.ts';
import { createCaptureReader } from '../../src/capture/reader.ts';
import type { CaptureLoss } from '../../src/capture/reading.ts';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import type { Observation } from '../../src/conformance/result.ts';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import type { Watch } from './watch.ts';
import { active, advertisement, findings, gratuitousArp, R1, R2, watch } from './watch.ts';

/** Advertisements as keepalived numbers them, all but those of the seconds that are left out. */
function numbered(
  watcher: Watch,
  fields: Partial<AdvertisementFrame>,
  first: number,
  last: number,
  leftOut: (second: number) => boolean,
  counts: (second: number) => boolean = () => true,
): void {
  let identification = 0;
  for (let second = first; second <= last + 1e-9; second++) {
    if (counts(second)) identification++;
    if (!leftOut(second)) watcher.tap(second, advertisement({ ...fields, identification }));
  }
}

const timelineOf = (observation: Observation) => observation.virtualRouters[0]!.timeline;

/** A frame of the only interface, whole, at this second. */
function frameAt(second: number, bytes: Uint8Array, number: number): FrameRecord {
  const { length } = bytes;
  return {
    timeNs: second * 1e9,
    interfaceIndex: 0,
    direction: DIRECTION_UNKNOWN,
    bytes,
    start: 0,
    end: length,
    originalLength: length,
    number,
  };
}

describe('advertisements that the capture lost, as the sender’s numbers show', () => {
  const isLost = (second: number) => second > 10 && second < 20;

  it('do not end a tenure', () => {
    const watcher = watch();
    numbered(watcher, R1, 1, 30, isLost);
    const observation = watcher.observe();
    expect(timelineOf(observation)).toMatchObject([{ begin: 'since-before', end: 'still-active' }]);
    expect(findings(observation, 'tx.period')).toEqual([]);
  });

  it('are told from those that were not sent', () => {
    const watcher = watch();
    numbered(watcher, R1, 1, 30, isLost, (second) => !isLost(second));
    expect(timelineOf(watcher.observe()).map(({ end }) => end)).toEqual(['silence', 'still-active']);
    const short = watch();
    const isShort = (second: number) => second === 12;
    numbered(short, R1, 1, 30, isShort, (second) => !isShort(second));
    expect(findings(short.observe(), 'tx.period')).toMatchObject([
      { level: 'information', count: 1, message: expect.stringMatching(/the router did not send them$/) },
    ]);
  });

  it('and of a sender without numbers may be either', () => {
    const watcher = watch();
    for (const second of [1, 2, 3, 5, 6]) watcher.tap(second, advertisement({ ...R1, identification: 0 }));
    expect(findings(watcher.observe(), 'tx.period')).toMatchObject([
      { level: 'information', seen: '1 missing', message: expect.stringContaining('lost on the way') },
    ]);
  });
});

describe('a silence of several routers at once', () => {
  /** r1 is Active for VRID 51 and the other one for VRID 52; the capture shows neither in the meantime. */
  function silence(other: Partial<AdvertisementFrame>, resumes: number): Observation {
    const watcher = watch();
    active(watcher, R1, 1, 6);
    active(watcher, other, 1.4, 6.4);
    active(watcher, other, resumes, 20);
    active(watcher, R1, 12, 20);
    return watcher.observe();
  }
  const VRID_52 = { virtualRouterId: 52, addresses: ['192.0.2.152'] };

  it('is the capture’s, and ends no tenure', () => {
    const observation = silence({ ...R2, ...VRID_52 }, 12.4);
    expect(timelineOf(observation)).toMatchObject([{ end: 'still-active' }]);
  });

  it('is the router’s where only one of them is silent', () => {
    const observation = silence({ ...R2, ...VRID_52 }, 7.4);
    expect(timelineOf(observation).map(({ end }) => end)).toEqual(['silence', 'still-active']);
  });

  it('is the router’s where it is one router that was Active for both', () => {
    const observation = silence({ ...R1, ...VRID_52 }, 12.4);
    expect(timelineOf(observation).map(({ end }) => end)).toEqual(['silence', 'still-active']);
  });

  it('makes a late takeover prove nothing', () => {
    const late = (fields: Partial<AdvertisementFrame>) => {
      const watcher = watch();
      active(watcher, R1, 1, 6);
      active(watcher, { ...fields, ...VRID_52 }, 1.4, 6.4);
      watcher.tap(11.9, gratuitousArp('192.0.2.77'));
      active(watcher, { ...fields, ...VRID_52 }, 12.4, 20);
      active(watcher, R2, 12, 20);
      return watcher.observe();
    };
    const observation = late({ source: '192.0.2.3', priority: 150 });
    expect(findings(observation, 'backup.takeover')).toMatchObject([
      { verdict: 'inconclusive', message: expect.stringContaining('the capture shows nothing for 5.500 s') },
    ]);
    expect(timelineOf(observation)[0]!.description).toContain('fell silent, or was not captured');
    expect(findings(late(R1), 'backup.takeover')[0]).toMatchObject({ verdict: 'fail' });
  });
});

describe('frames that a capture says it has lost', () => {
  /** r1 falls silent after 4 s and r2 takes over late; `lost` is told before r2's first advertisement, or at the end. */
  function lateTakeover(before: CaptureLoss | undefined, atEnd?: CaptureLoss, takeover = 9): Observation {
    const observer = createObserver();
    observer.interface(0, { name: 'tap', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
    let number = 0;
    const give = (seconds: number, bytes: Uint8Array) =>
      observer.frame({
        timeNs: seconds * 1e9,
        interfaceIndex: 0,
        direction: DIRECTION_UNKNOWN,
        bytes,
        start: 0,
        end: bytes.length,
        originalLength: bytes.length,
        number: ++number,
      });
    for (const second of [1, 2, 3, 4]) give(second, advertisement(R1));
    give(4.1, gratuitousArp('192.0.2.77'));
    if (takeover > 5) give(5, gratuitousArp('192.0.2.77'));
    if (before !== undefined) observer.loss(before);
    for (const second of [0, 1, 2]) give(takeover + second, advertisement(R2));
    if (atEnd !== undefined) observer.loss(atEnd);
    return observer.finish();
  }
  const loss = (when: 'before-next-frame' | 'since-last-count', frames = 2): CaptureLoss => ({
    interfaceIndex: 0,
    frames,
    when,
  });

  it('just then, or somewhere, make a late takeover inconclusive', () => {
    expect(findings(lateTakeover(undefined), 'backup.takeover')).toMatchObject([{ verdict: 'fail' }]);
    const just = findings(lateTakeover(loss('before-next-frame')), 'backup.takeover');
    expect(just).toMatchObject([
      { verdict: 'inconclusive', message: expect.stringContaining('the capture says that it lost 2 frames') },
    ]);
    const somewhere = findings(lateTakeover(undefined, loss('since-last-count')), 'backup.takeover');
    expect(somewhere).toMatchObject([
      { verdict: 'inconclusive', message: expect.stringContaining('the capture lost 2 frames then') },
    ]);
  });

  it('explain as many frames as they are, and no more', () => {
    const observe = (frames: number, resumes: number): Observation => {
      const observer = createObserver();
      observer.interface(0, { name: 'tap', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
      for (const [index, second] of [1, 2, 3, resumes, resumes + 1, resumes + 2].entries()) {
        if (second === resumes) observer.loss(loss('before-next-frame', frames));
        observer.frame(frameAt(second, advertisement({ ...R1, identification: 0 }), index + 1));
      }
      return observer.finish();
    };
    const missing = (observation: Observation) => findings(observation, 'tx.period').map(({ seen }) => seen);
    expect(missing(observe(2, 6))).toEqual([]);
    expect(missing(observe(1, 6))).toEqual(['2 missing']);
    expect(timelineOf(observe(27, 31)).map(({ end }) => end)).toEqual(['still-active']);
    expect(timelineOf(observe(2, 31)).map(({ end }) => end)).toEqual(['silence', 'still-active']);
  });

  it('do not explain a takeover that is late even if the last of them restarted the timer', () => {
    const takeover = (seconds: number) => {
      const observer = createObserver();
      observer.interface(0, { name: 'tap', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
      let number = 0;
      const give = (second: number, bytes: Uint8Array) => observer.frame(frameAt(second, bytes, ++number));
      for (const second of [1, 2, 3]) give(second, advertisement(R1));
      observer.loss(loss('before-next-frame', 1));
      for (let second = 4; second < seconds; second++) give(second, gratuitousArp('192.0.2.77'));
      for (const second of [0, 1, 2]) give(seconds + second, advertisement(R2));
      return findings(observer.finish(), 'backup.takeover').map(({ verdict }) => verdict);
    };
    expect(takeover(7.7)).toEqual(['inconclusive']);
    expect(takeover(12)).toEqual(['fail']);
  });

  it('between two times, as a live capture counts them, ends no tenure and makes no advertisement missing', () => {
    const live = (lost: CaptureLoss | undefined): Observation => {
      const observer = createObserver();
      observer.interface(0, { name: 'eth0', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
      for (const [index, second] of [1, 2, 3, 4, 5, 12, 13, 14, 16, 17].entries()) {
        const bytes = advertisement({ ...R1, identification: 0 });
        if (second === 12 && lost !== undefined) observer.loss(lost);
        observer.frame(frameAt(second, bytes, index + 1));
      }
      return observer.finish();
    };
    expect(timelineOf(live(undefined)).map(({ end }) => end)).toEqual(['silence', 'still-active']);
    const observation = live({ interfaceIndex: 0, frames: 40, when: 'between', fromNs: 5.2e9, toNs: 11.8e9 });
    expect(timelineOf(observation)).toMatchObject([{ end: 'still-active' }]);
    // The one of 15 s is missing still.
    expect(findings(observation, 'tx.period')).toMatchObject([{ seen: '1 missing' }]);
    const elsewhere = live({ interfaceIndex: 0, frames: 40, when: 'between', fromNs: 2.2e9, toNs: 2.8e9 });
    expect(timelineOf(elsewhere).map(({ end }) => end)).toEqual(['silence', 'still-active']);
  });

  it('may have been a priority 0: then an early takeover is inconclusive too', () => {
    const early = (before?: CaptureLoss) => findings(lateTakeover(before, undefined, 4.705), 'backup.takeover');
    expect(early()).toMatchObject([{ verdict: 'fail' }]);
    expect(early(loss('before-next-frame', 1))).toMatchObject([{ verdict: 'inconclusive' }]);
  });

  it('do not excuse what a frame shows', () => {
    const observer = createObserver();
    observer.interface(0, { name: 'tap', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
    const bytes = advertisement({ ...R1, hopLimit: 64 });
    const place = { interfaceIndex: 0, direction: DIRECTION_UNKNOWN as Direction, bytes, start: 0, end: bytes.length };
    observer.frame({ ...place, timeNs: 1e9, originalLength: bytes.length, number: 1 });
    observer.loss(loss('since-last-count', 9));
    expect(findings(observer.finish(), 'tx.ttl')).toMatchObject([{ verdict: 'fail' }]);
  });

  it('are handed on by the reader of pcapng as its counters tell', () => {
    const losses: CaptureLoss[] = [];
    const sink = { origin() {}, interface() {}, frame() {} };
    const reader = createCaptureReader(sink, {
      annotations: { intent() {}, event() {}, loss: (told) => losses.push(told) },
    });
    for (const block of [SECTION, INTERFACE, packet(3), statistics(3), packet(0), statistics(8), statistics(8)]) {
      reader.push(block);
    }
    expect(reader.end()).toMatchObject({ frames: 2, droppedFrames: 8 });
    expect(losses).toEqual([
      { interfaceIndex: 0, frames: 3, when: 'before-next-frame' },
      { interfaceIndex: 0, frames: 5, when: 'since-last-count' },
    ]);
  });
});

describe('two Active routers in a capture that has lost frames', () => {
  /** r1 preempts r2, is seen once (or goes on), and r2 goes on to advertise; `lost` is told before that, or at the end. */
  function overlap(seconds: readonly number[], lost?: CaptureLoss, atEnd?: CaptureLoss): Observation {
    const observer = createObserver();
    observer.interface(0, { name: 'tap', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
    const frames = [
      ...[1, 2, 3, 4].map((time) => ({ time, bytes: advertisement(R2) })),
      ...seconds.map((time) => ({ time, bytes: advertisement(R1) })),
      ...[5.4, 6.4, 7.4].map((time) => ({ time, bytes: advertisement(R2) })),
    ].toSorted((a, b) => a.time - b.time);
    for (const [index, { time, bytes }] of frames.entries()) {
      if (time === 5.4 && lost !== undefined) observer.loss(lost);
      observer.frame(frameAt(time, bytes, index + 1));
    }
    if (atEnd !== undefined) observer.loss(atEnd);
    return observer.finish();
  }
  const one = { interfaceIndex: 0, frames: 1 } as const;
  const verdicts = (observation: Observation) => findings(observation, 'tx.one-active').map(({ verdict }) => verdict);

  it('prove nothing where the winner may have given up among what was lost', () => {
    expect(verdicts(overlap([4.5]))).toEqual(['fail']);
    const just = overlap([4.5], { ...one, when: 'before-next-frame' });
    expect(verdicts(just)).toEqual(['inconclusive']);
    for (const requirement of ['tx.one-active', 'active.yield-priority']) {
      expect(findings(just, requirement)[0]!.message).toContain('a priority 0 of 192.0.2.1');
    }
    expect(just.virtualRouters[0]!.overlaps[0]!.reasons[0]).toMatchObject({ id: 'lost-advertisements' });
    expect(verdicts(overlap([4.5], undefined, { ...one, when: 'since-last-count' }))).toEqual(['inconclusive']);
  });

  it('are two where the winner is seen to go on', () => {
    const goesOn = [4.5, 5.5, 6.5, 7.5];
    expect(verdicts(overlap(goesOn, { ...one, when: 'before-next-frame' }))).toEqual(['fail']);
    expect(verdicts(overlap(goesOn, undefined, { ...one, when: 'since-last-count' }))).toEqual(['fail']);
  });

  it('are not two where the winner has not advertised since the other one began', () => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    active(watcher, R2, 4.9, 8.9);
    expect(findings(watcher.observe(), 'tx.one-active')).toEqual([]);
  });
});

describe('captures that are read as one', () => {
  it('tell their losses, by the interface of all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-losses-'));
    try {
      const files = [['whole', [packet(0)]] as const, ['lossy', [packet(0), packet(2), statistics(5)]] as const].map(
        ([name, blocks]) => {
          const file = join(folder, name);
          writeFileSync(file, Buffer.concat([SECTION, INTERFACE, ...blocks]));
          return { file };
        },
      );
      const losses: CaptureLoss[] = [];
      const sink = { origin() {}, interface() {}, frame() {} };
      const annotations = { intent() {}, event() {}, loss: (told: CaptureLoss) => losses.push(told) };
      await readMerged(files, sink, { copyWithinNs: 0, annotations });
      expect(losses).toEqual([
        { interfaceIndex: 1, frames: 2, when: 'before-next-frame' },
        { interfaceIndex: 1, frames: 3, when: 'since-last-count' },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** A block of pcapng in little-endian order: its type, and its body of whole words. */
function block(type: number, ...words: number[]): Uint8Array {
  const length = 12 + 4 * words.length;
  return new Uint8Array(new Uint32Array([type, length, ...words, length]).buffer);
}

const SECTION = block(0x0a0d0d0a, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff);
const INTERFACE = block(1, 1, 0);
const packet = (drops: number) => block(6, 0, 0, 1, 4, 4, 0, 4 | (8 << 16), drops, 0, 0);
/** Dropped by the operating system. */
const statistics = (drops: number) => block(5, 0, 0, 2, 7 | (8 << 16), drops, 0, 0);
