import { describe, expect, it } from 'vitest';
import type { ErratumSwitch } from '../../src/conformance/errata.ts';
import { advertisement, findings, type Watch, watch } from './watch.ts';

const off = (...errata: readonly ErratumSwitch[]) => {
  const all: readonly ErratumSwitch[] = [8298, 8299, 8300, 8301];
  return { errata: new Set(all.filter((erratum) => !errata.includes(erratum))) };
};

describe('errata of RFC 9568', () => {
  /** Two address owners advertise beside each other; the lower one gives way after four seconds. */
  function owners(): Watch {
    const watcher = watch();
    const owner = (last: number) => advertisement({ source: `192.0.2.${last}`, priority: 255 });
    for (let second = 1; second < 6; second++) watcher.tap(second, owner(1));
    for (let second = 2; second < 12; second++) watcher.tap(second + 0.5, owner(2));
    return watcher;
  }

  it('8298: owners settle it by the tie-break; as published they discard each other', () => {
    expect(findings(owners().observe(), 'active.yield-tie')).toMatchObject([{ verdict: 'fail' }]);
    expect(findings(owners().observe(off(8298)), 'active.yield-tie')).toEqual([]);
    expect(findings(owners().observe({ profile: 'rfc5798' }), 'active.yield-tie')).toEqual([]);
  });

  it('8299 and 8301: a count or an interval of 0 is not believed', () => {
    const noAddress = () => watch().tap(1, advertisement({ addresses: [] }));
    expect(noAddress().observe().advertisements).toBe(0);
    expect(noAddress().observe(off(8299)).advertisements).toBe(1);
    expect(noAddress().observe(off(8301)).advertisements).toBe(0);
    const noInterval = () =>
      watch()
        .tap(1, advertisement({ interval: 0 }))
        .tap(2, advertisement({ interval: 0 }));
    expect(noInterval().observe().advertisements).toBe(0);
    expect(noInterval().observe(off(8301)).advertisements).toBe(2);
    expect(noInterval().observe(off(8299)).advertisements).toBe(0);
  });

  it('8300: the link-local address comes first; RFC 5798 says so itself', () => {
    const frames = () =>
      watch().tap(
        1,
        advertisement({ source: 'fe80::1', addresses: ['2001:db8::100', 'fe80::100'], checksum: 'with-pseudo-header' }),
      );
    const told = (options: Parameters<Watch['observe']>[0]) =>
      findings(frames().observe(options), 'tx.link-local-first');
    expect(told({})).toMatchObject([{ verdict: 'fail', breaks: ['rfc5798', 'rfc9568'] }]);
    expect(told(off(8300))).toMatchObject([{ level: 'information', breaks: ['rfc5798'], allows: ['rfc9568'] }]);
    expect(told({ ...off(8300), profile: 'rfc5798' })).toMatchObject([{ verdict: 'fail' }]);
  });
});
