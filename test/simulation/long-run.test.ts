import { expect, it } from 'vitest';
import { liveForHours } from './long-run.ts';

it('lives for hours of virtual time, with a fault every five minutes, and needs no more memory', async () => {
  const { frames, faults, heapOctets } = await liveForHours(8);
  expect(faults).toBe(8 * 12);
  // Each advertisement is seen at the sender's port and at two others.
  expect(frames).toBeGreaterThan(8 * 3600 * 2);
  // The first hours compile code and fill caches.
  const growth = heapOctets.at(-1)! - heapOctets[3]!;
  expect(growth).toBeLessThan(256 * 1024);
});
