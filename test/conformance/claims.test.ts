import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/conformance/result.ts';
import { joinFrame, udpFrame } from '../../src/wire/build.ts';
import type { Watch } from './watch.ts';
import { active, advertisement, broken, findings, gratuitousArp, R1, R2, watch } from './watch.ts';
import { intent, PORTS, running, send, started } from './with-ports.ts';

const join = joinFrame({ groups: ['224.0.0.18'], sourceMac: '00:00:5e:00:01:33' });

/** A router that announces an interval before it advertises, as FRR does over IPv6, and forwards meanwhile. */
function announceFirst(watcher: Watch, node: string, announcedAt: number): void {
  watcher.out(node, announcedAt, gratuitousArp());
  for (let index = 1; index < 5; index++) watcher.out(node, announcedAt + index / 10, join);
}

describe('announcements an interval before the advertisement', () => {
  it('are one finding, and the takeover counts from them', () => {
    const watcher = running();
    announceFirst(watcher, 'r1', 3.22);
    for (let second = 0; second < 4; second++) watcher.out('r1', 4.22 + second, advertisement(R1));
    const observation = watcher.observe({ intent: intent() });
    expect(broken(observation)).toEqual(['active.announce-order']);
    expect(findings(observation, 'active.announce-order')).toMatchObject([{ router: 'r1', count: 1 }]);
  });

  it('are found though the same router had announced, and given way, before', () => {
    const watcher = running();
    // r1 is late with its first advertisement, so that r2's timer runs out; it hears r1 before it advertises itself.
    announceFirst(watcher, 'r2', 3.71);
    send(watcher, 'r1', R1, 4.22, 6.22);
    // What r2 sends as it gives way is still that of a router that took itself for Active.
    watcher.out('r2', 4.23, join);
    watcher.out('r1', 6.5, advertisement({ ...R1, priority: 0 }));
    announceFirst(watcher, 'r2', 7.105);
    for (let second = 0; second < 4; second++) watcher.out('r2', 8.105 + second, advertisement(R2));
    const observation = watcher.observe({ intent: intent() });
    expect(findings(observation, 'active.announce-order')).toMatchObject([{ router: 'r2', seen: /1.000 s before/ }]);
    expect(findings(observation, 'backup.priority-zero')).toEqual([]);
    expect(findings(observation, 'backup.takeover.announce.v4')).toEqual([]);
    // That r2 announced before, and did not advertise, is another matter.
    expect(findings(observation, 'boot.delay')).toMatchObject([{ router: 'r2', count: 1, first: 3.71e9 }]);
    expect(findings(observation, 'backup.no-vmac-source')).toEqual([]);
  });

  it('by a Backup that never advertises are frames from the virtual MAC', () => {
    const watcher = running();
    send(watcher, 'r2', R2, 3.715, 3.715);
    send(watcher, 'r1', R1, 3.9, 12.9);
    watcher.out('r2', 8, gratuitousArp());
    const observation = watcher.observe({ intent: intent() });
    expect(findings(observation, 'backup.no-vmac-source')).toMatchObject([{ router: 'r2', count: 1, first: 8e9 }]);
  });
});

describe('frames from the virtual MAC', () => {
  it('say when they were sent: before the start, while not Active, while down', () => {
    const watcher = watch(PORTS);
    watcher.out('r1', 0.5, join);
    started(watcher, 'r1', 1);
    started(watcher, 'r2', 1);
    watcher.out('r1', 2, join);
    send(watcher, 'r1', R1, 4.22, 6.22);
    watcher.event({ kind: 'router-killed', router: 'r1', timeNs: 6.5e9 });
    watcher.out('r1', 8, join);
    const told = findings(watcher.observe({ intent: intent() }), 'backup.no-vmac-source');
    expect(told.map(({ message, count }) => `${count} ${/(before|while) [^:]+/.exec(message)![0]}`)).toEqual([
      '1 before it was started',
      '1 while it was not Active',
      '1 while it was down',
    ]);
  });

  it('are judged by the version that is configured while none is spoken', () => {
    const version = { version: 2 } as const;
    const watcher = running().out('r1', 1, join);
    const [finding] = findings(watcher.observe({ intent: intent(version, version) }), 'backup.no-vmac-source');
    expect(finding).toMatchObject({ profile: 'rfc3768' });
  });
});

describe('a router that goes on after a freeze', () => {
  function continued(...events: readonly ('router-frozen' | 'router-thawed')[]): Observation {
    const watcher = running();
    send(watcher, 'r1', R1, 3.22, 6.22);
    for (const [index, kind] of events.entries())
      watcher.event({ kind, router: 'r1', timeNs: (6.5 + 5 * index) * 1e9 });
    for (let second = 0; second < 4; second++) watcher.out('r1', 11.6 + second, advertisement(R1));
    return watcher.observe({ intent: intent() });
  }

  it('was Active all along and has nothing to announce; one that fell silent by itself has', () => {
    expect(findings(continued('router-frozen', 'router-thawed'), 'backup.takeover.announce.v4')).toEqual([]);
    expect(findings(continued(), 'backup.takeover.announce.v4')).toMatchObject([{ verdict: 'fail', router: 'r1' }]);
  });
});

describe('a frame from the virtual MAC at a tap', () => {
  /** r2 gives way to r1, which is silent after 7.4 s; r2 sends a frame at `at`, and takes over at 11.01 s. */
  function strayed(at: number, announcedAt = 11.0102): Observation {
    const watcher = watch();
    active(watcher, R2, 1, 3);
    active(watcher, R1, 3.4, 7.4);
    watcher.tap(at, joinFrame({ groups: ['224.0.0.18'], source: '192.0.2.2', sourceMac: '00:00:5e:00:01:33' }));
    watcher.tap(announcedAt, gratuitousArp());
    for (let time = 11.01; time < 15; time++) watcher.tap(time, advertisement(R2));
    return watcher.observe();
  }

  it('of a Backup whose timer runs is found, though nobody is Active any more', () => {
    expect(findings(strayed(9.5), 'backup.no-vmac-source')).toMatchObject([
      { verdict: 'warning', router: '192.0.2.2', count: 1, first: 9.5e9 },
    ]);
    expect(findings(strayed(10.9), 'backup.no-vmac-source')).toMatchObject([{ count: 1 }]);
  });

  it('is found whatever it carries, where its source is the Backup’s own; what an Active router forwards is none', () => {
    const sent = (source: string) => {
      const watcher = watch();
      active(watcher, R2, 1, 3);
      active(watcher, R1, 3.4, 12.4);
      const sourceMac = '00:00:5e:00:01:33';
      const payload = new Uint8Array(20);
      const addresses = { source, sourceMac, destination: '192.0.2.3', destinationMac: '02:00:00:00:00:03' };
      watcher.tap(8, udpFrame({ ...addresses, sourcePort: 179, destinationPort: 40_000, payload }));
      return findings(watcher.observe(), 'backup.no-vmac-source');
    };
    expect(sent('192.0.2.2')).toMatchObject([{ router: '192.0.2.2', count: 1, first: 8e9 }]);
    for (const source of ['192.0.2.1', '192.0.2.100', '198.51.100.7']) expect(sent(source)).toEqual([]);
  });

  it('of one whose timer has run out may be that of the next Active router', () => {
    expect(findings(strayed(11.005), 'backup.no-vmac-source')).toEqual([]);
  });

  it('of one that has announced, and advertises an interval later, is an Active router’s', () => {
    expect(findings(strayed(10.5, 10.2), 'backup.no-vmac-source')).toEqual([]);
  });
});
