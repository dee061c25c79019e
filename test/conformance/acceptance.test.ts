import { describe, expect, it } from 'vitest';
import type { VirtualRouterIntent } from '../../src/capture/intent.ts';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import { advertisement, findings, judged, R1 } from './watch.ts';
import { intent, running, send } from './with-ports.ts';

const STRANGER: Partial<AdvertisementFrame> = { source: '192.0.2.3', priority: 250 };

/** Who has a tenure where r1 is Active and h1 advertises this, and both routers are meant to be so. */
function tenuresBeside(
  fields: Partial<AdvertisementFrame>,
  meant: Partial<VirtualRouterIntent>,
  shared: Partial<AdvertisementFrame> = {},
): readonly string[] {
  const watcher = running();
  send(watcher, 'r1', { ...R1, ...shared }, 3.215, 9.215);
  for (const second of [5, 6, 7]) watcher.out('h1', second, advertisement({ ...STRANGER, ...shared, ...fields }));
  const { virtualRouters } = watcher.observe({ intent: intent(meant, meant) });
  return virtualRouters[0]!.timeline.map(({ router }) => router);
}

describe('what none of a LAN’s routers may accept makes no history', () => {
  const V2 = { version: 2, interval: 1, checksum: undefined };
  const UNICAST = { destination: '192.0.2.1', destinationMac: '02:00:00:00:00:01' };

  it.each([
    ['unicast, where there are no unicast peers', UNICAST, { unicast: false }, {}],
    ['version 2, where version 3 alone is spoken', V2, { bothVersions: false }, {}],
    ['a wrong authentication type', { authenticationType: 1 }, { version: 2, authenticationType: 0 }, V2],
    ['another interval in version 2', { interval: 2 }, { version: 2 }, V2],
  ] as const)('%s', (_, fields, meant, shared) => {
    expect(tenuresBeside(fields, meant, shared)).toEqual(['r1']);
  });

  it.each([
    ['unicast, where there may be peers', UNICAST, {}, {}],
    ['unicast, where there are', UNICAST, { unicast: true }, {}],
    ['multicast, where there are no unicast peers', {}, { unicast: false }, {}],
    ['version 2, where both are spoken', V2, { bothVersions: true }, {}],
    ['the authentication type that is meant', { authenticationType: 1 }, { version: 2, authenticationType: 1 }, V2],
    ['any authentication type, where none is said', { authenticationType: 1 }, { version: 2 }, V2],
    ['another interval in version 3, which is learned', { interval: 200 }, {}, {}],
  ] as const)('but what they may does: %s', (_, fields, meant, shared) => {
    expect(tenuresBeside(fields, meant, shared)).toContain('h1');
  });

  it('nor where nothing is meant of that virtual router', () => {
    const watcher = running();
    send(watcher, 'r1', R1, 3.215, 9.215);
    for (const second of [5, 6, 7]) watcher.out('h1', second, advertisement({ ...STRANGER, ...UNICAST }));
    const other = { virtualRouterId: 52, unicast: false };
    const { virtualRouters } = watcher.observe({ intent: intent(other, other) });
    const [virtualRouter] = virtualRouters.filter(({ virtualRouterId }) => virtualRouterId === 51);
    expect(virtualRouter!.timeline.map(({ router }) => router)).toContain('h1');
  });

  it('a router’s own source may say anything: that is for the rules to judge', () => {
    const watcher = running();
    send(watcher, 'r1', { ...R1, ...UNICAST, destination: '192.0.2.2' }, 3.215, 9.215);
    const own = { unicast: false, primaryAddress: '192.0.2.1' };
    const { virtualRouters } = watcher.observe({ intent: intent(own, { ...own, primaryAddress: '192.0.2.2' }) });
    expect(virtualRouters[0]!.timeline.map(({ router }) => router)).toEqual(['r1']);
  });
});

describe('an advertisement of the version that nobody is configured for', () => {
  /** r1 dies after 9.215 s, h1 says something in version 2 at 9.9 s, and r2 takes over so long after one of them. */
  function takenOver(at: number) {
    const watcher = running();
    const meant = { bothVersions: false };
    send(watcher, 'r1', R1, 3.215, 9.215);
    watcher.out('h1', 9.9, advertisement({ ...STRANGER, version: 2, interval: 1, checksum: undefined }));
    send(watcher, 'r2', { source: '192.0.2.2', priority: 100 }, at, 18);
    return watcher.observe({ intent: intent(meant, meant) });
  }

  it('is believed by a Backup that takes over so long after it', () => {
    const observation = takenOver(9.9 + 3.609);
    expect(findings(observation, 'rx.version')).toMatchObject([
      { verdict: 'fail', router: 'r2', message: expect.stringContaining('of another version') },
    ]);
    expect(findings(observation, 'backup.takeover')).toEqual([]);
  });

  it('leaves the timer of one that discards it alone', () => {
    const observation = takenOver(9.215 + 3.609);
    expect(judged(observation, 'rx.version')).toBe(true);
    expect(findings(observation, 'rx.version')).toEqual([]);
  });
});
