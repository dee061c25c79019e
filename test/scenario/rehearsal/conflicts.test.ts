import { describe, expect, it } from 'vitest';
import { readRehearsedRouters } from '../../../src/scenario/rehearsal/routers.ts';
import { surveyOf } from '../../../src/scenario/rehearsal/survey.ts';
import { instance, writeFiles } from './files.ts';

function conflictsOf(one: string, other: string) {
  return surveyOf(readRehearsedRouters(writeFiles({ 'r1.conf': one, 'r2.conf': other }))).conflicts;
}

function kindsOf(one: string, other: string): readonly string[] {
  return conflictsOf(one, other).map(({ level, kind }) => `${level} ${kind}`);
}

const first = (more = '') => instance({ priority: 150, more });
const second = (more = '') => instance({ priority: 100, more });

describe('conflicts between configurations', () => {
  it('are none between a router and its backup', () => {
    expect(kindsOf(first('advert_int 1\nuse_vmac'), second('advert_int 1\nuse_vmac'))).toEqual([]);
  });

  it.each<[kind: string, one: string, other: string]>([
    ['error version', first('version 3'), second('version 2')],
    ['error interval', first('advert_int 1'), second('advert_int 2')],
    ['warning interval', first('version 3\nadvert_int 1'), second('version 3\nadvert_int 2')],
    [
      'error authentication',
      first('authentication {\nauth_type PASS\nauth_pass 1111\n}'),
      second('authentication {\nauth_type PASS\nauth_pass 2222\n}'),
    ],
    ['error authentication', first('authentication {\nauth_type PASS\nauth_pass 1111\n}'), second()],
    ['error unicast', first('unicast_peer {\n192.0.2.2\n}'), second()],
    ['error group', first('mcast_dst_ip 224.0.0.99'), second()],
    ['error checksum', first('version 3\nv3_checksum_as_v2 true'), second('version 3')],
    ['error source-address', first('mcast_src_ip 192.0.2.1'), second('mcast_src_ip 192.0.2.1')],
    ['warning virtual-mac', first('use_vmac'), second()],
    ['warning virtual-mac-address', first('use_vmac 00:00:5e:00:01:34'), second('use_vmac')],
    ['warning preemption', first('nopreempt'), second()],
    ['warning accept-mode', first('no_accept'), second()],
    ['warning initial-state', first('state MASTER'), second('state MASTER')],
    ['warning equal-priorities', second(), second()],
    ['error two-owners', instance({ priority: 255 }), instance({ priority: 255 })],
  ])('%s', (kind, one, other) => {
    expect(kindsOf(one, other)).toEqual([kind]);
  });

  it('tell a virtual router of two VRIDs once', () => {
    const [conflict, ...others] = conflictsOf(first(), instance({ vrid: 52 }));
    expect(conflict).toMatchObject({
      kind: 'vrid',
      level: 'error',
      message: 'the VRID of 192.0.2.10 differs: 51 on r1, 52 on r2',
      places: [{ router: 'r1' }, { router: 'r2' }],
    });
    expect(others).toEqual([]);
  });

  it('tell addresses that one side lacks, with the place of its list', () => {
    const [conflict] = conflictsOf(
      instance({ priority: 150, addresses: ['192.0.2.10/24', '192.0.2.11/24'] }),
      instance({ priority: 100 }),
    );
    expect(conflict).toMatchObject({
      kind: 'addresses',
      message: 'virtual_ipaddress differs: r2 lacks 192.0.2.11',
      places: [{ router: 'r2', line: 8, column: 9 }],
    });
  });

  it('tell the order of addresses, and their prefixes', () => {
    expect(
      kindsOf(
        instance({ priority: 150, addresses: ['192.0.2.10/24', '192.0.2.11/24'] }),
        instance({ addresses: ['192.0.2.11/24', '192.0.2.10/32'] }),
      ),
    ).toEqual(['warning address-order', 'warning prefix']);
  });

  it('know an IPv6 address however it is written', () => {
    const addresses = (address: string) => ({ addresses: ['fe80::5e:51/64', address] });
    expect(
      kindsOf(
        instance({ priority: 150, ...addresses('2001:db8::10/64') }),
        instance(addresses('2001:0DB8:0:0::10/64')),
      ),
    ).toEqual([]);
  });

  it('tell addresses that are not advertised and that one side lacks', () => {
    expect(kindsOf(first('virtual_ipaddress_excluded {\n192.0.2.20/24\n}'), second())).toEqual([
      'warning excluded-addresses',
    ]);
  });

  it('tell peers that are not mutual', () => {
    const [conflict, ...others] = conflictsOf(
      first('unicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.9\n}'),
      second('unicast_src_ip 192.0.2.2\nunicast_peer {\n192.0.2.1\n}'),
    );
    expect(conflict).toMatchObject({
      kind: 'unicast-peers',
      level: 'error',
      message: 'r1 sends to 192.0.2.9, but r2 is 192.0.2.2',
    });
    expect(others).toEqual([]);
  });

  it('tell a peer that is none of the files', () => {
    expect(
      kindsOf(
        first('unicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.2\n192.0.2.3\n}'),
        second('unicast_src_ip 192.0.2.2\nunicast_peer {\n192.0.2.1\n}'),
      ),
    ).toEqual(['warning unicast-peers']);
  });

  it.each([
    ['-20', ['warning tracking'], 'from 150 to 130, still above'],
    ['-50', ['warning tracking'], "from 150 to 100, just as r2's 100"],
    ['-60', [], undefined],
    ['20', ['warning tracking'], 'from 170 to 150, still above'],
  ])('tell a weight of %s that changes nothing', (weight, kinds, words) => {
    const script = `vrrp_script check {\nscript "/bin/true"\ninterval 1\nweight ${weight}\n}\n`;
    const found = conflictsOf(`${script}${first('track_script {\ncheck\n}')}`, second());
    expect(found.map(({ level, kind }) => `${level} ${kind}`)).toEqual(kinds);
    if (words !== undefined) expect(found[0]!.message).toContain(words);
  });

  it('tell a sync group that one side alone has', () => {
    const two = (priority: number) =>
      instance({ priority }) +
      instance({ name: 'VI_2', interfaceName: 'eth1', vrid: 52, priority, addresses: ['198.51.100.10/24'] });
    const group = 'vrrp_sync_group VG {\ngroup {\nVI_1\nVI_2\n}\n}\n';
    expect(kindsOf(two(150) + group, two(100))).toEqual(['warning sync-group', 'warning sync-group']);
  });

  it('tell a virtual router that has no backup', () => {
    expect(
      kindsOf(
        first() + instance({ name: 'VI_2', interfaceName: 'eth1', vrid: 60, addresses: ['203.0.113.1/24'] }),
        second(),
      ),
    ).toEqual(['warning alone']);
  });

  it('do not show passwords', () => {
    const pass = (word: string) => `authentication {\nauth_type PASS\nauth_pass ${word}\n}`;
    expect(JSON.stringify(conflictsOf(first(pass('s3cret')), second(pass('0ther'))))).not.toMatch(/s3cret|0ther/);
  });
});
