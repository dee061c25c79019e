import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeBenchCapture } from '../../bench/captures.ts';
import { createCaptureReader } from '../../src/capture/reader.ts';
import { internetChecksum } from '../../src/wire/checksum.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import { PROTOCOL_VRRP } from '../../src/wire/network.ts';
import { PROBLEM_NONE } from '../../src/wire/problem.ts';
import { createVrrpCursor, readVrrp } from '../../src/wire/vrrp.ts';

const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'bench.pcap');
/** Long enough that the first virtual routers have stopped gracefully and come back. */
const ADVERTISEMENTS = 240_000;

describe('the capture of the speed bench', () => {
  const { frames, octets } = writeBenchCapture(path, ADVERTISEMENTS);
  const capture = readFileSync(path);

  it('is the same in every run', () => {
    expect(octets).toBe(capture.length);
    const again = join(folder, 'again.pcap');
    writeBenchCapture(again, ADVERTISEMENTS);
    expect(readFileSync(again).equals(capture)).toBe(true);
  });

  it('holds sound advertisements of 200 virtual routers by two senders, in order of time', () => {
    const frame = createFrameCursor();
    const vrrp = createVrrpCursor();
    const virtualRouters = new Set<number>();
    const senders = new Set<number>();
    let unsound = 0;
    let advertisements = 0;
    let resignations = 0;
    let announcements = 0;
    let earlier = -1;
    const reader = createCaptureReader({
      origin() {},
      interface() {},
      frame: ({ timeNs, bytes, start, end, originalLength }) => {
        readFrame(frame, bytes, 1, start, end, originalLength);
        if (timeNs <= earlier) unsound++;
        earlier = timeNs;
        if (frame.protocol !== PROTOCOL_VRRP) {
          announcements++;
          return;
        }
        advertisements++;
        readVrrp(vrrp, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd, frame.addressLength);
        const checksum = internetChecksum(bytes, frame.networkOffset, frame.transportOffset);
        if (vrrp.problem !== PROBLEM_NONE || checksum !== 0) unsound++;
        virtualRouters.add(vrrp.virtualRouterId);
        senders.add(bytes[frame.sourceAddress + 3]!);
        if (vrrp.priority === 0) resignations++;
      },
    });
    reader.push(capture);
    expect(reader.end()).toMatchObject({ frames, complete: true });
    expect(unsound).toBe(0);
    expect(advertisements).toBe(ADVERTISEMENTS);
    expect(announcements).toBeGreaterThan(220);
    expect(virtualRouters.size).toBe(200);
    expect([...senders].sort()).toEqual([1, 2]);
    expect(resignations).toBeGreaterThan(20);
    // 200 advertisements a second, and the pauses of the handovers.
    expect(earlier / 1e9).toBeGreaterThan(1_199);
    expect(earlier / 1e9).toBeLessThan(1_210);
  });
});
