import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import type { RunningProgram } from './running-program.ts';
import type { SeenFrame } from './seen-frame.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

const FAMILIES = [
  { family: 'IPv4', addresses: ['192.0.2.101/24', '192.0.2.102'], mac: '00:00:5e:00:01:33' },
  { family: 'IPv6', addresses: ['fe80::51/64', '2001:db8::51/64'], mac: '00:00:5e:00:02:33' },
] as const;
type Family = (typeof FAMILIES)[number];

const MILLISECOND = 1_000_000;

function instance({ addresses }: Family, priority = 200, lines: readonly string[] = ['use_vmac']): string {
  const usual = ['interface eth0', 'virtual_router_id 51', 'version 3', 'advert_int 0.1', 'garp_master_delay 0'];
  const body = [...usual, 'garp_master_repeat 1', `priority ${priority}`, ...lines];
  return `vrrp_instance VI {\n${body.join('\n')}\nvirtual_ipaddress {\n${addresses.join('\n')}\n}\n}\n`;
}

function node(): LanNode {
  return lan.node('r1', ['192.0.2.1/24', 'fe80::1/64', '2001:db8::1/64']);
}

const advertises = ({ vrrp }: SeenFrame): boolean => vrrp !== undefined && vrrp.priority !== 0;

/** An announcement of the address that left after this moment. */
function announces(address: string, sinceNs: number): (frame: SeenFrame) => boolean {
  return ({ arp, neighbor, timeNs }) =>
    timeNs > sinceNs &&
    ((arp?.operation === 1 && arp.sender === address && arp.target === address) ||
      (neighbor?.type === 136 && neighbor.target === address));
}

async function active(family: Family, lines?: readonly string[]): Promise<{ r1: LanNode; router: RunningProgram }> {
  const r1 = node();
  const router = lan.router(r1, instance(family, 200, lines));
  await lan.until('r1 is Active', advertises);
  await router.line(/announcing 2 addresses/);
  await lan.pass(50);
  return { r1, router };
}

async function gone(router: RunningProgram, r1: LanNode): Promise<void> {
  router.signal('SIGTERM');
  expect(await router.ended).toBe(0);
  expect(r1.run('ip', 'link')).not.toContain('vrrp.');
  expect(r1.run('nft', 'list', 'ruleset')).toBe('');
}

describe.each(FAMILIES)('the interface of the virtual MAC, $family', (family) => {
  const addresses = family.addresses.map((address) => address.split('/')[0]!);

  it('comes up again with its addresses where somebody sets it down', async () => {
    const { r1, router } = await active(family);
    const sinceNs = lan.clock.now();
    r1.run('ip', 'link', 'set', 'vrrp.51', 'down');
    for (const address of addresses) {
      const { timeNs } = await lan.until(`${address} again`, announces(address, sinceNs));
      // `ip` itself takes some milliseconds.
      expect((timeNs - sinceNs) / MILLISECOND).toBeLessThan(100);
    }
    await router.line(/vrrp\.51 was set down while the router is Active: it comes up/);
    const shown = r1.run('ip', 'addr', 'show', 'dev', 'vrrp.51');
    for (const address of addresses) expect(shown).toContain(` ${address}/`);
    expect(shown).toContain(',UP');
  });

  it('goes down again where somebody sets it up under a Backup', async () => {
    const r1 = node();
    lan.router(lan.node('r2', ['192.0.2.2/24', 'fe80::2/64']), instance(family, 210));
    await lan.until('r2 is Active', advertises);
    const router = lan.router(r1, instance(family));
    await router.line(/Entering BACKUP/);
    r1.run('ip', 'link', 'set', 'vrrp.51', 'up');
    await router.line(/vrrp\.51 was set up while the router is not Active: it goes down/);
    await lan.pass(100);
    expect(r1.run('ip', 'link', 'show', 'dev', 'vrrp.51')).toContain('state DOWN');
    expect(lan.portOf(family.mac)).toBe('r2');
  });

  it.each([
    ['the virtual MAC', ['use_vmac']],
    ['the physical MAC', []],
  ])('gets an address back that somebody removes: %s', async (_, lines) => {
    const { r1, router } = await active(family, lines);
    const sinceNs = lan.clock.now();
    const device = lines.length === 0 ? 'eth0' : 'vrrp.51';
    const shown = r1.run('ip', '-br', 'addr', 'show', 'dev', device);
    const address = addresses[1]!;
    const written = shown.split(/\s+/).find((word) => word.startsWith(`${address}/`))!;
    r1.run('ip', 'addr', 'del', written, 'dev', device);
    await lan.until(`${address} again`, announces(address, sinceNs));
    await router.line(/1 virtual addresses were missing/);
    expect(r1.run('ip', 'addr', 'show', 'dev', device)).toContain(` ${address}/`);
    router.signal('SIGTERM');
    await router.ended;
    expect(r1.run('ip', 'addr')).not.toContain(` ${address}/`);
  });

  it('is made anew where somebody deletes it, and the router is Active again', async () => {
    const { r1, router } = await active(family);
    const sinceNs = lan.clock.now();
    r1.run('ip', 'link', 'del', 'vrrp.51');
    await router.line(/the interface of its virtual MAC is gone/);
    for (const address of addresses) await lan.until(`${address} again`, announces(address, sinceNs));
    await gone(router, r1);
  });
});

/** Makes the port of r1 anew, as the network manager does for a bond or a VLAN. */
function newPort(r1: LanNode, index: number): void {
  const { route } = lan.fabric;
  const macAddress = '02:00:00:00:00:01';
  route.createVeth({
    name: 'port-r1',
    index: 101,
    master: route.indexOf('br0'),
    peer: { name: 'eth0', index, macAddress, namespace: r1.namespace },
  });
  route.changeLink(101, { up: true });
  r1.route.changeLink(index, { up: true });
}

describe.each(FAMILIES)('the interface, $family', (family) => {
  it('is waited for where it is deleted, and used where it is there anew', async () => {
    const { r1, router } = await active(family);
    for (const index of [31, 32]) {
      r1.run('ip', 'link', 'del', 'eth0');
      await router.line(/Entering FAULT STATE \(the interface is down\)/);
      newPort(r1, index);
      r1.route.addAddress({ index, address: '192.0.2.1', prefixLength: 24 });
      const sinceNs = lan.clock.now();
      for (const address of family.addresses)
        await lan.until(`${address} again`, announces(address.split('/')[0]!, sinceNs));
    }
    // What keeps a dead router silent is for the new interface too.
    router.signal('SIGKILL');
    await router.ended;
    const killedNs = lan.clock.now();
    const host = lan.node('h', ['192.0.2.50/24', '2001:db8::50/64', 'fe80::50/64']);
    const target = family.addresses[0].split('/')[0]!;
    const zoned = target.startsWith('fe80') ? `${target}%eth0` : target;
    expect(() => host.run('ping', '-c', '1', '-W', '0.5', zoned)).toThrow();
    expect(
      lan.frames.filter(({ sourceMac, timeNs }) => sourceMac === family.mac && timeNs > killedNs + 100 * MILLISECOND),
    ).toEqual([]);
    const again = lan.router(r1, instance(family));
    await again.line(/Entering MASTER STATE/);
    await gone(again, r1);
  });
});

it('advertises from the link-local address that is made anew', async () => {
  const { r1, router } = await active(FAMILIES[1]);
  r1.run('ip', '-6', 'addr', 'flush', 'dev', 'eth0', 'scope', 'link');
  await router.line(/Entering FAULT STATE \(the interface has no source address\)/);
  r1.run('ip', 'addr', 'add', 'fe80::99/64', 'dev', 'eth0', 'nodad');
  await lan.until('it is Active again', ({ source, vrrp }) => vrrp !== undefined && source === 'fe80::99');
});
