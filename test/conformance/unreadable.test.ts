import { beforeAll, describe, expect, it } from 'vitest';
import type { Observation } from '../../src/conformance/result.ts';
import { writeLinuxSll, writeLinuxSll2 } from '../../src/wire/sll.ts';
import { recordedCaptures } from '../capture/collect.ts';
import { type KeptCapture, keepCapture } from '../fuzz/kept-capture.ts';
import { observeFrames } from '../fuzz/told.ts';
import { active, advertisement, broken, findings, R1, R2, watch } from './watch.ts';

const ETHERNET_AND_IPV4 = 14 + 20;

let recorded: KeptCapture;
beforeAll(async () => {
  recorded = await keepCapture(recordedCaptures.find((path) => path.endsWith('keepalived-2.2.7_v3_ipv4_vmac.pcap'))!);
});

const told = ({ virtualRouters }: Observation) =>
  virtualRouters.map(({ virtualRouterId, timeline }) => ({
    virtualRouterId,
    timeline: timeline.map(({ router, priority, begin, end, firstNs }) => ({ router, priority, begin, end, firstNs })),
  }));

describe('a capture whose snap length cuts every frame', () => {
  const cutTo = (octets: number) =>
    observeFrames(
      recorded,
      recorded.frames.map((frame) => ({ ...frame, bytes: frame.bytes.slice(0, octets) })),
    );

  it.each([6, 7, 8, 11])('tells the same history from %d octets of each advertisement', (octets) => {
    const observation = cutTo(ETHERNET_AND_IPV4 + octets);
    expect(told(observation)).toEqual(told(observeFrames(recorded, recorded.frames)));
    expect(broken(observation)).toEqual([]);
    expect(observation.notes.join()).toContain('what is behind the cut (addresses, checksum) was not judged');
  });

  it.each([0, 1, 2, 5])('judges nothing from %d octets, and says how many were cut', (octets) => {
    const observation = cutTo(ETHERNET_AND_IPV4 + octets);
    expect(observation.virtualRouters).toEqual([]);
    expect(observation.notes.join()).toMatch(/67 frames of VRRP were cut before the advertisement/);
  });

  it.each([6, 14, 20, 33])('says of frames of %d octets that nothing tells what they are', (octets) => {
    const observation = cutTo(octets);
    expect(observation.virtualRouters).toEqual([]);
    expect(observation.notes.join()).toMatch(/^\d+ frames were cut inside the headers/);
  });
});

describe('advertisements of a version that is neither 2 nor 3', () => {
  it.each([
    [1, 'version 1, which was never more than a draft'],
    [4, 'version 4 over IPv4, which no document knows'],
  ])('are named by version %d and VRID, and nothing else of them is judged', (version, words) => {
    const watcher = watch();
    active(watcher, R1, 1, 10);
    active(watcher, { ...R2, version, sourceMac: '02:00:00:00:00:02', interval: 0 }, 1.3, 10);
    const observation = watcher.observe();
    expect(findings(observation, 'tx.version')).toMatchObject([
      { verdict: 'fail', router: '192.0.2.2', virtualRouter: { virtualRouterId: 51 }, count: 9 },
    ]);
    expect(findings(observation, 'tx.version')[0]!.message).toContain(words);
    expect(broken(observation)).toEqual(['tx.version']);
  });
});

describe('a router that announces beside advertisements that nobody may believe', () => {
  it('leaves the next router unblamed for announcing before it advertises', () => {
    const frames = recorded.frames.map((frame) => {
      const isOfSecond = frame.bytes[23] === 112 && frame.bytes[29] === 2;
      const bytes = frame.bytes.slice();
      if (isOfSecond) bytes[ETHERNET_AND_IPV4] = 0x41;
      return { ...frame, bytes };
    });
    expect(broken(observeFrames(recorded, frames))).not.toContain('active.announce-order');
  });
});

describe('advertisements with a wrong IP header checksum', () => {
  it('are not judged, and told of', () => {
    const watcher = watch();
    for (let time = 1; time <= 5; time++) {
      const bytes = advertisement(R1);
      bytes[24]! ^= 0xff;
      watcher.tap(time, bytes);
    }
    const { notes, virtualRouters } = watcher.observe();
    expect(virtualRouters).toEqual([]);
    expect(notes.join()).toContain('5 advertisements have a wrong IP header checksum, the first in frame 1');
  });
});

describe('a capture of every interface of a host (`-i any`), where each frame passes two', () => {
  const LINK_TYPES = { 'with the interface': 276, 'without it': 113 };

  /** Each frame as eth0 and, a moment later, a macvlan above it saw it. */
  function cooked(linkType: number): Observation {
    const interfaces = recorded.interfaces.map((one) => ({ ...one, linkType }));
    const frames = recorded.frames.flatMap((frame) =>
      [2, 5].map((packetInterface) => {
        const { bytes } = frame;
        const isToAll = bytes[0] === 0xff;
        const link = {
          packetType: isToAll ? 1 : 2,
          source: bytes.slice(6, 12),
          protocol: (bytes[12]! << 8) | bytes[13]!,
          payload: bytes.slice(14),
        };
        const whole = linkType === 276 ? writeLinuxSll2(link, packetInterface) : writeLinuxSll(link);
        return { ...frame, timeNs: frame.timeNs + 1000 * packetInterface, bytes: whole, originalLength: whole.length };
      }),
    );
    return observeFrames({ interfaces, frames }, frames);
  }

  it.each(Object.entries(LINK_TYPES))('tells the same history, and of no loop, %s', (_, linkType) => {
    const observation = cooked(linkType);
    const once = told(observeFrames(recorded, recorded.frames));
    const moved = once.map(({ timeline, ...one }) => ({
      ...one,
      timeline: timeline.map((tenure) => ({ ...tenure, firstNs: tenure.firstNs + 2000 })),
    }));
    expect(told(observation)).toEqual(moved);
    expect(observation.causes.map(({ id }) => id)).not.toContain('frames-echoed');
    expect(findings(observation, 'lan.echo')).toEqual([]);
  });

  it('counts what was said to hosts once, where the interface is told', () => {
    const counts = ({ findings: all }: Observation) =>
      all.filter(({ requirement }) => requirement.startsWith('active.arp')).map(({ count }) => count);
    expect(counts(cooked(276))).toEqual(counts(observeFrames(recorded, recorded.frames)));
  });
});
