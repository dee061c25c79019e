import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/conformance/result.ts';
import { arpFrame } from '../../src/wire/build.ts';
import { active, findings, R1, R2, watch } from './watch.ts';

const HOST = { mac: '02:00:00:00:00:09', address: '192.0.2.9' };

/** r1 is Active for ten seconds; somebody answers for the virtual address; r2 takes over where it is said when. */
function answered({ at, takesOverAt }: { readonly at: number; readonly takesOverAt?: number }): Observation {
  const watcher = watch();
  active(watcher, R1, 1, 10);
  for (const [seconds, senderAddress] of [
    [2.5, '192.0.2.2'],
    [at, '192.0.2.100'],
  ] as const) {
    watcher.tap(
      seconds,
      arpFrame({
        operation: 'reply',
        senderMac: '02:00:00:00:00:02',
        senderAddress,
        targetMac: HOST.mac,
        targetAddress: HOST.address,
      }),
    );
  }
  if (takesOverAt !== undefined) active(watcher, R2, takesOverAt, takesOverAt + 5);
  return watcher.observe();
}

describe('an answer beside the Active router, of a machine that nothing was known of', () => {
  it('is a Backup’s where that machine takes over later', () => {
    expect(findings(answered({ at: 5.5, takesOverAt: 13.605 }), 'backup.no-arp')).toMatchObject([
      { verdict: 'fail', router: '192.0.2.2', count: 1, first: 5.5e9 },
    ]);
  });

  it('may be that of an Active router whose first advertisements the capture does not have', () => {
    expect(findings(answered({ at: 9.9, takesOverAt: 10.9 }), 'backup.no-arp')).toEqual([]);
  });

  it('is nobody’s in particular where that machine never advertises', () => {
    const observation = answered({ at: 5.5 });
    expect(findings(observation, 'backup.no-arp')).toEqual([]);
    expect(findings(observation, 'active.arp-not-physical')).toMatchObject([{ verdict: 'fail', count: 1 }]);
  });
});
