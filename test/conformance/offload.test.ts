import { describe, expect, it } from 'vitest';
import type { Direction } from '../../src/capture/frame.ts';
import { DIRECTION_IN, DIRECTION_OUT, DIRECTION_UNKNOWN } from '../../src/capture/frame.ts';
import type { Observation } from '../../src/conformance/result.ts';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import { foldChecksum, sumPseudoHeader } from '../../src/wire/checksum.ts';
import { advertisement, findings, R1, watch } from './watch.ts';

/** Ethernet's header, then that of IPv4. */
const IP = 14;
const VRRP = IP + 20;
const MESSAGE_LENGTH = 12;

function seen(bytes: Uint8Array, direction: Direction, ports: Record<string, 'router'> = {}): Observation {
  return watch(ports).at('r1', direction, 1, bytes).at('r1', direction, 2, bytes).observe();
}

const wrong = (fields: Partial<AdvertisementFrame> = {}) => advertisement({ ...R1, checksum: 'wrong', ...fields });

/** What a kernel leaves in the field where the hardware is to finish it: the sum of the pseudo-header. */
function unfinished(): Uint8Array {
  const bytes = wrong();
  const sum = sumPseudoHeader(bytes, IP + 12, IP + 16, 4, 112, MESSAGE_LENGTH);
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(VRRP + 6, foldChecksum(sum) ^ 0xffff);
  return bytes;
}

/** An IPv4 header whose checksum the hardware is to write. */
function withoutHeaderChecksum(): Uint8Array {
  const bytes = advertisement(R1);
  bytes.fill(0, IP + 10, IP + 12);
  return bytes;
}

describe('a VRRP checksum', () => {
  it('that is wrong in a capture on the sender is unknown: the hardware may have yet to write it', () => {
    const observation = seen(wrong(), DIRECTION_OUT);
    expect(findings(observation, 'tx.checksum.v4')).toEqual([]);
    expect(observation.advertisements).toBe(2);
  });

  it.each<[string, Direction]>([
    ['on arrival', DIRECTION_IN],
    ['at a tap', DIRECTION_UNKNOWN],
  ])('that is wrong %s is wrong', (_where, direction) => {
    const observation = seen(wrong(), direction);
    expect(findings(observation, 'tx.checksum.v4')).toMatchObject([{ verdict: 'fail' }]);
    expect(observation.advertisements).toBe(0);
  });

  it('that is wrong at a port of a run is wrong: there is no hardware behind it', () => {
    const observation = seen(wrong(), DIRECTION_OUT, { r1: 'router' });
    expect(findings(observation, 'tx.checksum.v4')).toMatchObject([{ verdict: 'fail' }]);
  });

  it('that is the sum of the pseudo-header alone is an unfinished one wherever it is seen', () => {
    for (const direction of [DIRECTION_IN, DIRECTION_UNKNOWN] as const) {
      const observation = seen(unfinished(), direction);
      expect(findings(observation, 'tx.checksum.v4')).toEqual([]);
      expect(observation.advertisements).toBe(2);
    }
  });
});

describe('the checksum of an IPv4 header', () => {
  it('that is 0 where the capture may be the sender’s is unknown', () => {
    for (const direction of [DIRECTION_OUT, DIRECTION_UNKNOWN] as const) {
      expect(seen(withoutHeaderChecksum(), direction).advertisements).toBe(2);
    }
  });

  it('that is 0 on arrival, or wrong anywhere, is wrong: nobody looks at such a packet', () => {
    expect(seen(withoutHeaderChecksum(), DIRECTION_IN).virtualRouters).toEqual([]);
    const broken = advertisement(R1);
    broken[IP + 10]! ^= 0x55;
    expect(seen(broken, DIRECTION_OUT).virtualRouters).toEqual([]);
  });
});
