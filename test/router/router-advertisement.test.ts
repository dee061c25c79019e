import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { openPacketSocket } from '../../src/linux/packet-socket.ts';
import { icmpV6Frame } from '../../src/wire/build.ts';
import {
  NEIGHBOR_ADVERTISEMENT,
  ROUTER_ADVERTISEMENT,
  ROUTER_SOLICITATION,
  writeRouterMessage,
} from '../../src/wire/neighbor.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import type { SeenFrame } from './seen-frame.ts';

const VIRTUAL_MAC = '00:00:5e:00:02:33';
const LINK_LOCAL = 'fe80::5e:51';
const HOST_MAC = '02:00:00:00:00:03';
const SOLICITATION = writeRouterMessage({ type: ROUTER_SOLICITATION });
const WITH_OPTION = writeRouterMessage({ type: ROUTER_SOLICITATION, sourceLinkLayer: Uint8Array.of(2, 0, 0, 0, 0, 3) });

let lan: Lan;
let first: LanNode;
let second: LanNode;
let host: LanNode;
beforeEach(async () => {
  lan = await buildLan();
  first = lan.node('r1', ['fe80::1/64']);
  second = lan.node('r2', ['fe80::2/64']);
  host = lan.node('h1', ['fe80::3/64']);
});
afterEach(async () => {
  await lan.close();
});

function configuration(priority: number, lines: readonly string[] = []): string {
  return `vrrp_instance VI {
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 0.1
    use_vmac vrrp6.51
    router_advertisement {
        min_interval 3
        max_interval 4
        mtu 1400
        prefix 2001:db8:5::7/64 {
            valid_lifetime 7200
            preferred_lifetime 3600
        }
${lines.map((line) => `        ${line}`).join('\n')}
    }
    virtual_ipaddress {
        ${LINK_LOCAL}
        2001:db8:5::101
    }
}
`;
}

const advertisesTo = (hosts: SeenFrame): boolean => hosts.neighbor?.type === ROUTER_ADVERTISEMENT;
const from = (name: string, sinceNs: number) => (frame: SeenFrame) =>
  advertisesTo(frame) && frame.node === name && frame.timeNs > sinceNs;
const isActive = (name: string) => (frame: SeenFrame) => frame.node === name && frame.vrrp !== undefined;

function ask(message: Uint8Array, over: { readonly source?: string; readonly hopLimit?: number } = {}): void {
  const socket = openPacketSocket({ namespace: host.namespace, interfaceIndex: 0, protocol: 0 });
  const { source = 'fe80::3', hopLimit = 255 } = over;
  socket.send(icmpV6Frame({ source, destination: 'ff02::2', sourceMac: HOST_MAC, hopLimit }, message.slice()), 13);
  socket.close();
}

describe('Router Advertisements of a virtual router', () => {
  it('come from the Active router, by the virtual MAC and its link-local address, after its announcements', async () => {
    lan.router(first, configuration(200, ['managed', 'hop_limit 33']));
    const seen = await lan.until('a Router Advertisement', from('r1', 0));
    expect(seen).toMatchObject({
      sourceMac: VIRTUAL_MAC,
      destinationMac: '33:33:00:00:00:01',
      source: LINK_LOCAL,
      destination: 'ff02::1',
      hopLimit: 255,
      neighbor: { linkLayer: VIRTUAL_MAC, routerLifetime: 12 },
    });
    expect(seen.neighbor!.options).toBe(
      [
        '010100005e000233',
        '0501000000000578',
        '030440c000001c2000000e1000000000',
        '20010db8000500000000000000000000',
      ].join(''),
    );
    const before = lan.frames.filter(({ timeNs, node }) => node === 'r1' && timeNs < seen.timeNs);
    expect(before.filter(({ vrrp }) => vrrp !== undefined).length).toBeGreaterThan(0);
    expect(before.filter(({ neighbor }) => neighbor?.type === NEIGHBOR_ADVERTISEMENT).length).toBeGreaterThan(1);
    const next = await lan.until('another one', from('r1', seen.timeNs));
    expect(next.timeNs - seen.timeNs).toBeGreaterThan(2.9e9);
    expect(next.timeNs - seen.timeNs).toBeLessThan(4.2e9);
  }, 20_000);

  it('are never those of a Backup, whoever asks, and none with a lifetime of 0 is sent on yielding or stopping', async () => {
    const lower = lan.router(second, configuration(100));
    await lan.until('r2 is the router of hosts', from('r2', 0));
    const higher = lan.router(first, configuration(200));
    await lan.until('r1 is the router of hosts', from('r1', 0));
    const takenOver = lan.frames.find(isActive('r1'))!.timeNs;
    ask(WITH_OPTION);
    await lan.pass(3600);
    expect(lan.frames.filter(from('r1', takenOver)).length).toBeGreaterThan(1);
    expect(lan.frames.filter(from('r2', takenOver + 5e6))).toEqual([]);
    higher.signal('SIGTERM');
    await lan.until('r2 is the router of hosts again', from('r2', takenOver + 5e6));
    lower.signal('SIGTERM');
    await lower.ended;
    await lan.pass(200);
    const all = lan.frames.filter(advertisesTo);
    expect(new Set(all.map(({ neighbor }) => neighbor!.options)).size).toBe(1);
    expect(all.filter(({ neighbor }) => neighbor!.routerLifetime === 0)).toEqual([]);
  }, 30_000);

  it('answer those who ask, within half a second, and nobody who asks wrongly (RFC 4861 §6.1.1)', async () => {
    lan.router(
      first,
      configuration(200, ['']).replace('min_interval 3', 'min_interval 9').replace('max_interval 4', 'max_interval 12'),
    );
    const sent = await lan.until('a Router Advertisement', from('r1', 0));
    await lan.pass(3100);
    const wrongFrom = lan.clock.now();
    ask(SOLICITATION, { hopLimit: 64 });
    ask(WITH_OPTION, { source: '::' });
    ask(SOLICITATION.slice(0, 6));
    ask(SOLICITATION.with(1, 1));
    ask(writeRouterMessage({ type: ROUTER_SOLICITATION, options: new Uint8Array(8) }));
    await lan.pass(1000);
    expect(lan.frames.filter(from('r1', wrongFrom))).toEqual([]);
    ask(SOLICITATION, { source: '::' });
    const askedNs = lan.clock.now();
    const answer = await lan.until('an answer', from('r1', sent.timeNs));
    expect(answer.timeNs - askedNs).toBeLessThan(0.6e9);
    for (let count = 0; count < 20; count += 1) ask(WITH_OPTION);
    await lan.pass(2900 - (lan.clock.now() - answer.timeNs) / 1e6);
    expect(lan.frames.filter(from('r1', answer.timeNs))).toEqual([]);
    await lan.until('one answer to all of them', from('r1', answer.timeNs), 2000);
  }, 30_000);
});
