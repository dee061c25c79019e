import { describe, expect, it } from 'vitest';
import { workOutLans } from '../../../src/scenario/rehearsal/lans.ts';
import { fromTheEnd, networkAround, networksOf } from '../../../src/scenario/rehearsal/networks.ts';
import { readRehearsedRouters } from '../../../src/scenario/rehearsal/routers.ts';
import { instance, writeFiles } from './files.ts';

/** `eth0: r1.eth0 r2.ens192` for each LAN. */
function lansOf(files: Readonly<Record<string, string>>): readonly string[] {
  return workOutLans(readRehearsedRouters(writeFiles(files))).map(
    ({ name, attachments }) => `${name}: ${attachments.map((one) => `${one.router}.${one.interfaceName}`).join(' ')}`,
  );
}

describe('LANs', () => {
  it('are joined by an address that both routers have, whatever their interfaces are called', () => {
    expect(lansOf({ 'r1.conf': instance(), 'r2.conf': instance({ interfaceName: 'ens192' }) })).toEqual([
      'eth0: r1.eth0 r2.ens192',
    ]);
  });

  it('are told apart by networks where VRIDs are the same on both', () => {
    const two = (inside: string, outside: string) =>
      instance({ interfaceName: inside, vrid: 1 }) +
      instance({ name: 'VI_2', interfaceName: outside, vrid: 1, addresses: ['198.51.100.10/24'] });
    expect(lansOf({ 'r1.conf': two('eth0', 'eth1'), 'r2.conf': two('eth1', 'eth0') })).toEqual([
      'eth0: r1.eth0 r2.eth1',
      'eth1: r1.eth1 r2.eth0',
    ]);
  });

  it('are joined by unicast peers where addresses differ', () => {
    const peers = (own: string, peer: string) => `unicast_src_ip ${own}\nunicast_peer {\n${peer}\n}`;
    expect(
      lansOf({
        'r1.conf': instance({ more: peers('10.0.0.1', '10.0.0.2'), addresses: ['192.0.2.10'] }),
        'r2.conf': instance({
          interfaceName: 'bond0.100',
          more: peers('10.0.0.2', '10.0.0.1'),
          addresses: ['192.0.2.11'],
        }),
      }),
    ).toEqual(['eth0: r1.eth0 r2.bond0.100']);
  });

  it('are of their own where an interface is only tracked', () => {
    const tracking = instance({ more: 'track_interface {\neth1\n}' });
    expect(lansOf({ 'r1.conf': tracking, 'r2.conf': instance() })).toEqual(['eth0: r1.eth0 r2.eth0', 'eth1: r1.eth1']);
  });

  it('never have two interfaces of one router by what is worked out', () => {
    const two = instance() + instance({ name: 'VI_2', interfaceName: 'eth1', addresses: ['192.0.2.11/24'] });
    expect(lansOf({ 'r1.conf': two, 'r2.conf': instance() })).toEqual(['eth0: r1.eth0 r2.eth0', 'eth1: r1.eth1']);
  });
});

describe('routers', () => {
  it.each([
    [{ 'a.conf': 'lb1', 'b.conf': 'lb2' }, ['lb1', 'lb2']],
    [{ 'a.conf': 'LVS_DEVEL', 'b.conf': 'LVS_DEVEL' }, ['a', 'b']],
    [{ 'a.conf': '"edge one"', 'b.conf': 'edge2' }, ['edge-one', 'edge2']],
  ])('are called by router_id where it tells them apart, else by their files: %j', (ids, names) => {
    const files = Object.entries(ids).map(([file, id]) => [file, `global_defs {\nrouter_id ${id}\n}\n${instance()}`]);
    const routers = readRehearsedRouters(writeFiles(Object.fromEntries(files)));
    expect(routers.map(({ name }) => name)).toEqual(names);
  });

  it('cannot be read where any file has an error: each is told with its line', () => {
    const files = writeFiles({
      'r1.conf': instance({ vrid: 300 }),
      'r2.conf': 'vrrp_instance X {\ninterfase eth0\n}\n',
    });
    expect(() => readRehearsedRouters(files)).toThrow(/r1\.conf:4:23: .*300[\s\S]*r2\.conf:2:1: /);
  });
});

describe('networks', () => {
  it('are those of the prefixes that are written, and of the usual size where none is', () => {
    const networks = networksOf([
      { address: '192.0.2.10', prefixLength: 32 },
      { address: '192.0.2.200', prefixLength: 25 },
      { address: '192.0.2.201' },
      { address: 'fe80::1', prefixLength: 64 },
      { address: '2001:db8::10' },
    ]);
    expect(networks.map(({ address, prefixLength, assumed }) => `${address}/${prefixLength} ${assumed}`)).toEqual([
      '192.0.2.128/25 false',
      '192.0.2.0/24 true',
      '2001:db8::/64 true',
    ]);
  });

  it('give addresses from their end', () => {
    expect(fromTheEnd(networkAround('192.0.2.10', 24), 1)).toBe('192.0.2.254');
    expect(fromTheEnd(networkAround('10.1.0.1', 16), 300)).toBe('10.1.254.211');
    expect(fromTheEnd(networkAround('2001:db8::10', 64), 1)).toBe('2001:db8::ffff:ffff:ffff:ffff');
  });
});
