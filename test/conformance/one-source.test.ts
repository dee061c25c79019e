import { describe, expect, it } from 'vitest';
import { active, advertisement, watch } from './watch.ts';

/** As FRR sends over IPv6 where both macvlans have one link-local address, which is a virtual one. */
const SHARED = { source: 'fe80::5e:51', addresses: ['fe80::5e:51'], checksum: 'with-pseudo-header' } as const;
/** Skew_Time of priority 100 at an interval of one second. */
const SKEW = 0.609;

describe('two routers of one priority that send from the virtual address, at a tap', () => {
  /** Active for five seconds, given up, and back after so many seconds: what is told of that. */
  function backAfter(seconds: number, fields: object = SHARED): string {
    const watcher = watch();
    active(watcher, { ...fields, priority: 100 }, 1, 5);
    watcher.tap(5.5, advertisement({ ...fields, priority: 0 }));
    active(watcher, { ...fields, priority: 100 }, 5.5 + seconds, 10.5 + seconds);
    const timeline = watcher.observe().virtualRouters.flatMap((one) => one.timeline);
    expect(timeline).toHaveLength(2);
    return timeline[1]!.description;
  }
  const TWIN = 'or another router took over that sends from this virtual address too';

  it('are told as one that is back, or another, where that is when a Backup takes over', () => {
    expect(backAfter(SKEW)).toContain(`${TWIN}: a Backup of that priority does after 609`);
  });

  it('are one that is back at any other time, and where the source is its own', () => {
    expect(backAfter(3)).not.toContain(TWIN);
    expect(backAfter(SKEW, {})).not.toContain(TWIN);
  });
});
