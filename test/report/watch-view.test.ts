import { describe, expect, it } from 'vitest';
import { DIRECTION_UNKNOWN } from '../../src/capture/frame.ts';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import { styleFor } from '../../src/report/style.ts';
import { createWatchView, type WatchView } from '../../src/report/watch-view.ts';
import { advertisement } from '../conformance/watch.ts';

const ORIGIN = { unixNanoseconds: 1_700_000_000_000_000_000n };
const SECOND = 1_000_000_000;

/** So many virtual routers, each advertised by one router, seen for three seconds. */
function viewOf(virtualRouters: number): WatchView {
  const observer = createObserver();
  observer.origin(ORIGIN);
  observer.interface(0, { name: 'eth0', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
  let number = 0;
  for (let second = 0; second < 3; second++) {
    for (let virtualRouterId = 1; virtualRouterId <= virtualRouters; virtualRouterId++) {
      const bytes = advertisement({ virtualRouterId, source: '192.0.2.111' });
      number++;
      const place = { interfaceIndex: 0, direction: DIRECTION_UNKNOWN, number } as const;
      const extent = { bytes, start: 0, end: bytes.length, originalLength: bytes.length };
      observer.frame({ timeNs: second * SECOND, ...place, ...extent });
    }
  }
  return createWatchView(observer, ORIGIN, styleFor({}));
}

describe('the screen of watch', () => {
  it.each([
    [120, /^VRID 1 IPv4 +eth0 +Active 192\.0\.2\.111 \(priority 200\) for \S+ s, every 1 s, last \S+ s ago$/],
    [80, /^VRID 1 IPv4 +eth0 +Active 192\.0\.2\.111 \(200\) \S+ s, every 1 s, last \S+ s ago$/],
    [70, /^VRID 1 IPv4 +eth0 +Active 192\.0\.2\.111 \(200\) for \S+ s, last \S+ s ago$/],
  ])('says of a state in one row what %d columns have room for', (columns, pattern) => {
    const lines = viewOf(2)
      .screen(2.5 * SECOND, { rows: 24, columns }, 0)
      .split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(pattern);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it('folds a state between words where no row has room for it', () => {
    const lines = viewOf(2)
      .screen(2.5 * SECOND, { rows: 24, columns: 40 }, 0)
      .split('\n');
    for (const line of lines.slice(1)) expect(line.length).toBeLessThanOrEqual(40);
    const states = lines.map((line) => line.trim()).join(' ');
    expect(states).toMatch(/(VRID [12] IPv4 +eth0 +Active 192\.0\.2\.111 .* ago ?){2}$/);
  });

  it('has a line for each virtual router where there is room', () => {
    expect(
      viewOf(2)
        .screen(2.5 * SECOND, { rows: 24, columns: 120 }, 0)
        .split('\n'),
    ).toHaveLength(3);
  });

  it('is no higher than the terminal, and says how many virtual routers it leaves out', () => {
    const lines = viewOf(30)
      .screen(2.5 * SECOND, { rows: 24, columns: 80 }, 0)
      .split('\n');
    expect(lines.length).toBeLessThan(24);
    expect(lines.at(-1)).toBe('and 10 more');
  });
});

describe('the news of watch', () => {
  it('name a router once', () => {
    const { lines } = viewOf(1).news(2.5 * SECOND);
    expect(lines[0]).toMatch(/VRID 1 IPv4 on eth0: Active 192\.0\.2\.111 \(priority 200\): /);
    expect(lines[0]!.match(/192\.0\.2\.111/g)).toHaveLength(1);
  });
});
