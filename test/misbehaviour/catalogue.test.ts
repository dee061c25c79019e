import { describe, expect, it } from 'vitest';
import { LEDGER } from '../../src/conformance/ledger/ledger.ts';
import { findMisbehaviour, MISBEHAVIOURS } from '../../src/misbehaviour/catalogue.ts';
import { appliesTo, ignoredTraffic } from '../../src/misbehaviour/misbehaviour.ts';
import { gratuitousArpFrame, icmpV6Frame } from '../../src/wire/build.ts';
import { advertisementFrame } from '../../src/wire/build-advertisement.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import { LINK_TYPE_ETHERNET } from '../../src/wire/link.ts';
import { formatMac, parseMac } from '../../src/wire/mac.ts';
import { mtuOption, ROUTER_ADVERTISEMENT, writeRouterMessage } from '../../src/wire/neighbor.ts';
import { isTransportChecksumRight } from '../../src/wire/transport-checksum.ts';

const SENDER = { physicalMac: parseMac('02:00:00:00:01:01')!, virtualMac: parseMac('00:00:5e:00:01:33')! };
const RIGHT = advertisementFrame({
  version: 3,
  virtualRouterId: 51,
  priority: 200,
  interval: 100,
  source: '192.0.2.1',
  addresses: ['192.0.2.101'],
  trafficClass: 0xc0,
  identification: 7,
  checksum: 'message-alone',
  pad: false,
});

function sentBy(name: string, frame = RIGHT): readonly Uint8Array[] {
  return findMisbehaviour(name)!.frames!()(frame, SENDER);
}

describe('the catalogue of misbehaviours', () => {
  it('gives each a name of its own', () => {
    const names = MISBEHAVIOURS.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(names.filter((name) => !/^[a-z0-9-]+$/.test(name))).toEqual([]);
  });

  it('says of each which requirements of the ledger it breaks', () => {
    const known = new Set(LEDGER.map(({ id }) => id));
    expect(MISBEHAVIOURS.filter(({ breaks }) => breaks.length === 0)).toEqual([]);
    expect(MISBEHAVIOURS.flatMap(({ breaks }) => breaks).filter((id) => !known.has(id))).toEqual([]);
  });

  it('has something that is wrong in each', () => {
    const empty = MISBEHAVIOURS.filter(
      (one) => !one.protocol && !one.frames && !one.dataPlane && !one.routerAdvertising && !one.neglects,
    );
    expect(empty).toEqual([]);
  });
});

describe('a frame that a misbehaving router sends', () => {
  it('differs in the field that is wrong alone', () => {
    const [wrong] = sentBy('ttl-254');
    const differing = [...RIGHT.keys()].filter((index) => RIGHT[index] !== wrong![index]);
    // TTL, and the header checksum that follows from it.
    expect(differing).toEqual([22, 24]);
  });

  it('has its physical MAC where that is what is wrong', () => {
    const [wrong] = sentBy('physical-source-mac');
    expect(formatMac(wrong!, 6)).toBe('02:00:00:00:01:01');
    expect(wrong!.subarray(14)).toEqual(RIGHT.subarray(14));
  });

  it('keeps the sums right that are not what is wrong', () => {
    const cursor = createFrameCursor();
    for (const { name, frames } of MISBEHAVIOURS.filter((one) => appliesTo(one, 3, 'ipv4'))) {
      for (const frame of frames?.()(RIGHT, SENDER) ?? []) {
        const problem = readFrame(cursor, frame, LINK_TYPE_ETHERNET, 0, frame.length, frame.length);
        expect([name, problem]).toEqual([name, 0]);
      }
    }
  });

  it('tells hosts of another router, where that is what is wrong with a Router Advertisement', () => {
    const virtualMac = parseMac('00:00:5e:00:02:33')!;
    const options = mtuOption(1500);
    const right = icmpV6Frame(
      { source: 'fe80::5e:51', destination: 'ff02::1', sourceMac: virtualMac, hopLimit: 255 },
      writeRouterMessage({ type: ROUTER_ADVERTISEMENT, routerLifetime: 1800, sourceLinkLayer: virtualMac, options }),
    );
    const cursor = createFrameCursor();
    const differing = (name: string): number[] => {
      const [wrong] = sentBy(name, right);
      expect(readFrame(cursor, wrong!, LINK_TYPE_ETHERNET, 0, wrong!.length, wrong!.length)).toBe(0);
      expect(isTransportChecksumRight(cursor, wrong!)).toBe(true);
      return [...wrong!.keys()].filter((index) => right[index] !== wrong![index]);
    };
    expect(sentBy('no-router-advertisement', right)).toEqual([]);
    // The last ten octets of the source address, and the checksum.
    expect(
      differing('router-advertisement-own-address').every(
        (index) => (index >= 30 && index < 38) || index === 56 || index === 57,
      ),
    ).toBe(true);
    expect(differing('router-advertisement-physical-mac').slice(0, 3)).toEqual([6, 8, 10]);
    expect(sentBy('router-advertisement-own-options', right)[0]!.length).toBe(right.length + 8);
    expect(sentBy('router-advertisement-own-options')).toEqual([RIGHT]);
  });

  it('is left alone where another kind of frame is wrong', () => {
    const announcement = gratuitousArpFrame({ address: '192.0.2.101', mac: SENDER.virtualMac });
    expect(sentBy('ttl-254', announcement)).toEqual([announcement]);
    expect(sentBy('announces-physical-mac')).toEqual([RIGHT]);
  });
});

describe('the data plane of a misbehaving router', () => {
  it('serves nothing as Backup and everything as Active where nothing is wrong', () => {
    expect(ignoredTraffic(undefined, false)).toBeUndefined();
    expect(ignoredTraffic(undefined, true)).toEqual([]);
  });

  it('serves as Backup what it should not, and no more', () => {
    expect(ignoredTraffic({ servedAsBackup: ['questions'] }, false)).toEqual(['packets', 'transit']);
    expect(ignoredTraffic({ servedAsBackup: ['questions'] }, true)).toEqual([]);
  });
});
