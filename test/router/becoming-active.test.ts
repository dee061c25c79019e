import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import { advertises, instance, routerNode, six, stateOf, VIRTUAL_MAC, VIRTUAL_MAC_6 } from './native.ts';
import type { SeenFrame } from './seen-frame.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

const node = (number: number): LanNode => routerNode(lan, number);

describe('becoming Active', () => {
  it('advertises, then announces every address, IPv4', async () => {
    const r1 = node(1);
    const router = lan.router(
      r1,
      instance({ priority: 200, lines: ['use_vmac'], addresses: ['192.0.2.101/24', '192.0.2.102'] }),
    );
    const first = await lan.until('an advertisement', advertises('r1'));
    expect(first).toMatchObject({
      sourceMac: VIRTUAL_MAC,
      destinationMac: '01:00:5e:00:00:12',
      source: '192.0.2.1',
      destination: '224.0.0.18',
      hopLimit: 255,
      vrrp: { version: 3, virtualRouterId: 51, priority: 200, interval: 10, addresses: ['192.0.2.101', '192.0.2.102'] },
    });
    await lan.until('both announcements', (frame) => frame.arp?.sender === '192.0.2.102');
    const announcements = lan.frames.filter(({ arp }) => arp !== undefined);
    expect(announcements.map(({ arp }) => arp)).toEqual(
      ['192.0.2.101', '192.0.2.102'].map((address) => ({
        operation: 1,
        senderMac: VIRTUAL_MAC,
        sender: address,
        targetMac: VIRTUAL_MAC,
        target: address,
      })),
    );
    for (const { sourceMac, destinationMac, timeNs } of announcements) {
      expect([sourceMac, destinationMac]).toEqual([VIRTUAL_MAC, 'ff:ff:ff:ff:ff:ff']);
      expect(timeNs).toBeGreaterThan(first.timeNs);
    }
    expect(router.lines.join('\n')).toMatch(/\(VI\) Entering BACKUP STATE \(init\)\n.*ready: 1 virtual routers/);
    await router.line(/\(VI\) Entering MASTER STATE/);
  });

  it('advertises, then announces every address, IPv6', async () => {
    lan.router(node(1), instance({ priority: 200, lines: ['use_vmac'], addresses: six }));
    const first = await lan.until('an advertisement', advertises('r1'));
    expect(first).toMatchObject({
      sourceMac: VIRTUAL_MAC_6,
      destinationMac: '33:33:00:00:00:12',
      source: 'fe80::1',
      destination: 'ff02::12',
      hopLimit: 255,
      vrrp: { version: 3, priority: 200, interval: 10, addresses: ['fe80::51', '2001:db8::51'] },
    });
    const announced = (target: string) => (frame: SeenFrame) =>
      frame.neighbor?.type === 136 && frame.neighbor.target === target;
    for (const target of ['fe80::51', '2001:db8::51']) {
      const frame = await lan.until(`the announcement of ${target}`, announced(target));
      expect(frame).toMatchObject({
        sourceMac: VIRTUAL_MAC_6,
        destination: 'ff02::1',
        hopLimit: 255,
        neighbor: { router: true, solicited: false, override: true, linkLayer: VIRTUAL_MAC_6 },
      });
      expect(frame.timeNs).toBeGreaterThan(first.timeNs);
    }
    const fromVirtualMac = lan.frames.filter(({ sourceMac }) => sourceMac === VIRTUAL_MAC_6);
    expect(fromVirtualMac[0]).toBe(first);
  });

  it('sends version 2 as RFC 3768 has it', async () => {
    const text = instance({ priority: 255, lines: ['use_vmac'], interval: '1' }).replace('version 3', 'version 2');
    lan.router(node(1), text);
    const { vrrp } = await lan.until('an advertisement', advertises('r1'));
    expect(vrrp).toMatchObject({ version: 2, priority: 255, interval: 1, checksum: 1 });
  });

  it('transmits on the base interface where it is told to, and announces the virtual MAC all the same', async () => {
    lan.router(node(1), instance({ priority: 200, lines: ['use_vmac', 'vmac_xmit_base'] }));
    expect(await lan.until('an advertisement', advertises('r1'))).toMatchObject({ sourceMac: '02:00:00:00:00:01' });
    expect(await lan.until('an announcement', ({ arp }) => arp !== undefined)).toMatchObject({
      sourceMac: VIRTUAL_MAC,
    });
  });

  it('uses the physical MAC where no virtual one is configured', async () => {
    const r1 = node(1);
    lan.router(r1, instance({ priority: 200 }));
    expect(await lan.until('an advertisement', advertises('r1'))).toMatchObject({ sourceMac: '02:00:00:00:00:01' });
    await lan.until(
      'an announcement',
      ({ arp }) => arp?.senderMac === '02:00:00:00:00:01' && arp.sender === '192.0.2.101',
    );
    expect(r1.run('ip', 'addr', 'show', 'dev', 'eth0')).toContain('inet 192.0.2.101/24');
  });
});

describe('the owner of the addresses', () => {
  it('is Active at once, from its own address, and its physical MAC does not answer for it', async () => {
    const r1 = node(1);
    const host = lan.node('h', ['192.0.2.50/24']);
    const before = stateOf(r1);
    const router = lan.router(r1, instance({ priority: 255, lines: ['use_vmac'], addresses: ['192.0.2.1'] }));
    const first = await lan.until('an advertisement', advertises('r1'));
    expect(first).toMatchObject({ source: '192.0.2.1', vrrp: { priority: 255, addresses: ['192.0.2.1'] } });
    expect(router.lines.join('\n')).not.toContain('BACKUP');
    await lan.until('its announcement', ({ arp }) => arp?.senderMac === VIRTUAL_MAC);
    expect(host.run('ping', '-c', '2', '-i', '0.2', '192.0.2.1')).toContain(' 0% packet loss');
    await lan.pass(20);
    const answers = lan.frames.filter(({ arp }) => arp?.operation === 2 && arp.sender === '192.0.2.1');
    expect(answers.map(({ arp }) => arp!.senderMac)).toEqual([VIRTUAL_MAC]);
    router.signal('SIGTERM');
    await router.ended;
    expect(stateOf(r1)).toEqual(before);
  });
});
