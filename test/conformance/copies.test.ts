import { describe, expect, it } from 'vitest';
import { createFrameRecord } from '../../src/capture/frame.ts';
import { createCopies } from '../../src/conformance/observer/copies.ts';
import type { LanState } from '../../src/conformance/observer/state.ts';
import { createFrameCursor } from '../../src/wire/frame.ts';
import { advertisement, watch } from './watch.ts';

const LAN = { name: 'left' } as LanState;
const OTHER = { name: 'right' } as LanState;
/** As many as are remembered. */
const REMEMBERED = 64;

describe('copies of a frame at another interface', () => {
  function see(timeNs: number, interfaceIndex: number, content: number, lan: LanState): LanState | undefined {
    const bytes = Uint8Array.of(content, content >> 8, 7);
    const frame = { ...createFrameCursor(), networkOffset: 0, networkEnd: 3 };
    return copies.original({ ...createFrameRecord(), timeNs, interfaceIndex, bytes, end: 3 }, frame, lan);
  }
  let copies = createCopies();

  it('are found by their bytes, whichever of the newest frames they are of', () => {
    copies = createCopies();
    const [oldest, newest] = [5, 5 + REMEMBERED];
    for (let content = 0; content < newest; content++) expect(see(content, 0, content, LAN)).toBeUndefined();
    for (let content = oldest; content < newest; content++) expect(see(1000 + content, 1, content, OTHER)).toBe(LAN);
  });

  it('are not found of a frame that is too long ago, at the same interface, or of other bytes', () => {
    copies = createCopies();
    expect(see(0, 0, 1, LAN)).toBeUndefined();
    expect(see(1, 0, 1, LAN)).toBeUndefined();
    expect(see(1, 1, 2, OTHER)).toBeUndefined();
    expect(see(2_000_000, 2, 1, OTHER)).toBe(LAN);
    expect(see(2_000_002, 3, 1, OTHER)).toBeUndefined();
  });

  it('count as one advertisement, where several frames come in between', () => {
    const watcher = watch();
    for (let second = 1; second <= 5; second++) {
      const own = [51, 52, 53].map((virtualRouterId) =>
        advertisement({ virtualRouterId, addresses: [`192.0.2.${virtualRouterId}`] }),
      );
      for (const bytes of own) watcher.tap(second, bytes, 'left');
      for (const bytes of own) watcher.tap(second + 0.000_5, bytes, 'right');
    }
    expect(watcher.observe().advertisements).toBe(15);
  });
});
