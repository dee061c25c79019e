import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import { instance, routerNode, six, VIRTUAL_MAC } from './native.ts';
import type { RunningProgram } from './running-program.ts';

let lan: Lan;
let r1: LanNode;
beforeEach(async () => {
  lan = await buildLan();
  r1 = routerNode(lan, 1);
});
afterEach(async () => {
  await lan.close();
});

const OTHER = '02:00:00:00:00:99';

async function active(
  lines: readonly string[],
  addresses?: readonly string[],
  priority = 200,
): Promise<RunningProgram> {
  const router = lan.router(r1, instance({ priority, lines, ...(addresses === undefined ? {} : { addresses }) }));
  await router.line(/announcing/);
  await lan.pass(100);
  return router;
}

/** Gives the interface another MAC address; when that was done. */
function change(): number {
  r1.run('ip', 'link', 'set', 'eth0', 'address', OTHER);
  return lan.clock.now();
}

describe('an interface that gets another MAC address', () => {
  it.each([
    { family: 'IPv4', addresses: ['192.0.2.101/24'] },
    { family: 'IPv6', addresses: six },
  ])('is advertised from, and announced, where there is no virtual MAC: $family', async ({ addresses }) => {
    await active([], addresses);
    const sinceNs = change();
    await lan.until('an announcement', ({ arp, neighbor, sourceMac }) => {
      const told = arp?.senderMac ?? (neighbor?.type === 136 ? neighbor.linkLayer : undefined);
      const target = arp?.target ?? neighbor?.target;
      return sourceMac === OTHER && told === OTHER && addresses.some((one) => one.startsWith(target!));
    });
    await lan.pass(300);
    const late = lan.frames.filter(({ vrrp, timeNs }) => vrrp !== undefined && timeNs > sinceNs + 10_000_000);
    expect(new Set(late.map(({ sourceMac }) => sourceMac))).toEqual(new Set([OTHER]));
  });

  it('is advertised from where the physical MAC is told to advertise, and the virtual MAC stays', async () => {
    await active(['use_vmac', 'vmac_xmit_base']);
    const sinceNs = change();
    await lan.until('an advertisement from it', ({ vrrp, sourceMac }) => vrrp !== undefined && sourceMac === OTHER);
    await lan.pass(300);
    const late = lan.frames.filter(({ vrrp, timeNs }) => vrrp !== undefined && timeNs > sinceNs + 10_000_000);
    expect(new Set(late.map(({ sourceMac }) => sourceMac))).toEqual(new Set([OTHER]));
    const host = routerNode(lan, 2);
    expect(host.run('ping', '-c', '1', '-W', '2', '192.0.2.101')).toContain(' 0% packet loss');
    expect(host.run('ip', 'neigh', 'show', '192.0.2.101')).toContain(VIRTUAL_MAC);
  });

  it('answers for the addresses that it owns', async () => {
    await active(['use_vmac'], ['192.0.2.1'], 255);
    const host = routerNode(lan, 2);
    change();
    await lan.pass(100);
    expect(host.run('ping', '-c', '2', '-i', '0.2', '-W', '2', '192.0.2.1')).toContain(' 0% packet loss');
    expect(host.run('ip', 'neigh', 'show', '192.0.2.1')).toContain(VIRTUAL_MAC);
  });
});
