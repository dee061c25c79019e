import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import { type RunningProgram, raise } from './running-program.ts';
import type { SeenFrame } from './seen-frame.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

const FAMILIES = [
  {
    family: 'IPv4',
    mac: '00:00:5e:00:01:33',
    own: ['192.0.2.1'],
    host: '192.0.2.50',
    second: '192.0.2.51',
    prefix: '192.0.2.',
    fixed: [],
  },
  {
    family: 'IPv6',
    mac: '00:00:5e:00:02:33',
    own: ['fe80::1', '2001:db8::1'],
    host: '2001:db8::50',
    second: '2001:db8::51',
    prefix: '2001:db8::',
    fixed: ['fe80::1'],
  },
] as const;

const PHYSICAL = '02:00:00:00:00:01';

function owner({ own }: { readonly own: readonly string[] }): string {
  return `vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nversion 3\npriority 255\nadvert_int 0.1\nuse_vmac\nvirtual_ipaddress {\n${own.join('\n')}\n}\n}\n`;
}

function nodes(): { r1: LanNode; host: LanNode; second: LanNode } {
  return {
    r1: lan.node('r1', ['192.0.2.1/24', '2001:db8::1/64', 'fe80::1/64']),
    host: lan.node('h', ['192.0.2.50/24', '2001:db8::50/64', 'fe80::50/64']),
    second: lan.node('s', ['192.0.2.51/24', '2001:db8::51/64', 'fe80::51/64']),
  };
}

/** Frames of ARP and neighbor discovery by which hosts learn where one of the addresses is. */
function bindings({ own: addresses }: { readonly own: readonly string[] }): SeenFrame[] {
  return lan.frames.filter(({ node, arp, neighbor, source }) => {
    if (node !== 'r1') return false;
    if (arp !== undefined) return addresses.includes(arp.sender);
    if (neighbor === undefined) return false;
    return neighbor.type === 136 ? addresses.includes(neighbor.target) : addresses.includes(source ?? '');
  });
}

function zoned(address: string): string {
  return address.startsWith('fe80') ? `${address}%eth0` : address;
}

describe.each(FAMILIES)('the owner of addresses of its interface, $family', (family) => {
  async function active() {
    const all = nodes();
    const router = lan.router(all.r1, owner(family));
    await lan.until('it announces', ({ arp, neighbor }) => arp?.senderMac === family.mac || neighbor?.type === 136);
    return { ...all, router };
  }

  it('is asked and asks, with the virtual MAC alone', async () => {
    const { r1, host, second } = await active();
    for (const address of family.own) {
      expect(host.run('ping', '-c', '2', '-i', '0.2', zoned(address))).toContain(' 0% packet loss');
      expect(host.run('ip', 'neigh', 'show', address)).toContain(family.mac);
    }
    r1.run('ip', 'neigh', 'flush', 'dev', 'eth0');
    // From an interface that nobody has asked: the request is what it learns from.
    for (const target of [family.second, family.host, ...(family.family === 'IPv6' ? ['fe80::51%eth0'] : [])])
      expect(r1.run('ping', '-c', '2', '-i', '0.2', target)).toContain(' 0% packet loss');
    for (const address of family.own) {
      expect(second.run('ping', '-c', '1', zoned(address))).toContain(' 0% packet loss');
      expect(second.run('ip', 'neigh', 'show', address)).toContain(family.mac);
      expect(second.run('ip', 'neigh', 'show', address)).not.toContain(PHYSICAL);
    }
    await lan.pass(20);
    const seen = bindings(family);
    expect(seen.some(({ arp, neighbor }) => arp?.operation === 1 || neighbor?.type === 135)).toBe(true);
    expect(seen.some(({ arp, neighbor }) => arp?.operation === 2 || neighbor?.solicited)).toBe(true);
    for (const { arp, neighbor, sourceMac } of seen) {
      expect(sourceMac).toBe(family.mac);
      if (arp !== undefined) expect(arp.senderMac).toBe(family.mac);
      if (neighbor?.linkLayer !== undefined) expect(neighbor.linkLayer).toBe(family.mac);
      if (neighbor?.type === 136) expect(neighbor.router).toBe(true);
    }
    expect(lan.portOf(family.mac)).toBe('r1');
  });

  it('tells nothing of its addresses before its first advertisement, nor when it is killed', async () => {
    const { r1, host, router } = await active();
    const firstNs = lan.frames.find(({ vrrp }) => vrrp !== undefined)!.timeNs;
    expect(bindings(family).filter(({ timeNs }) => timeNs < firstNs)).toEqual([]);
    expect(host.run('ping', '-c', '1', family.own.at(-1)!)).toContain(' 0% packet loss');
    router.signal('SIGKILL');
    await router.ended;
    const killedNs = lan.clock.now();
    host.run('ip', 'neigh', 'flush', 'dev', 'eth0');
    expect(() => host.run('ping', '-c', '1', '-W', '0.3', family.own.at(-1)!)).toThrow();
    r1.run('ip', 'neigh', 'flush', 'dev', 'eth0');
    expect(() => r1.run('ping', '-c', '1', '-W', '0.3', family.second)).toThrow();
    await lan.pass(1100);
    expect(bindings(family).filter(({ timeNs }) => timeNs > killedNs)).toEqual([]);
    const again = lan.router(r1, owner(family));
    await again.line(/Entering MASTER STATE/);
    expect(host.run('ping', '-c', '1', family.own.at(-1)!)).toContain(' 0% packet loss');
    again.signal('SIGTERM');
    expect(await again.ended).toBe(0);
    expect(r1.run('nft', 'list', 'ruleset')).toBe('');
  });

  /** Replaces the configuration, and has it read. */
  async function reload(router: RunningProgram, text: string): Promise<void> {
    const complete = (): number => router.lines.filter((line) => line.includes('Reload complete')).length;
    const count = complete();
    writeFileSync(router.child.spawnargs[router.child.spawnargs.indexOf('-f') + 1]!, text);
    router.signal('SIGHUP');
    await expect.poll(complete, { timeout: 5000 }).toBe(count + 1);
  }

  it('owns other addresses after a reload, and loses no beat', async () => {
    const { r1, host } = nodes();
    const second = `${family.prefix}2`;
    const words = family.family === 'IPv4' ? [`${second}/24`] : [`${second}/64`, 'nodad'];
    r1.run('ip', 'addr', 'add', ...words, 'dev', 'eth0');
    const before = r1.run('ip', '-br', 'addr');
    // Of each list one is on the interface, and the macvlan carries the other.
    const old = [...family.fixed, `${family.prefix}1`, `${family.prefix}101`];
    const next = [...family.fixed, second, `${family.prefix}102`];
    const router = lan.router(r1, owner({ own: old }));
    await router.line(/announcing/);
    raise(router);
    await lan.pass(200);
    expect(host.run('ping', '-c', '1', second)).toContain(' 0% packet loss');
    expect(host.run('ip', 'neigh', 'show', second)).toContain(PHYSICAL);
    const startNs = lan.clock.now();
    for (const [gone, fresh] of [
      [old, next],
      [next, old],
    ] as const) {
      const sinceNs = lan.clock.now();
      await reload(router, owner({ own: fresh }));
      const advertised = await lan.until(
        'what is advertised',
        ({ vrrp, timeNs }) => timeNs > sinceNs && vrrp?.addresses.join() === fresh.join(),
      );
      for (const address of fresh.slice(family.fixed.length)) {
        const says = bindings({ own: [address] }).find(({ timeNs }) => timeNs > sinceNs)!;
        expect(says.arp?.senderMac ?? says.neighbor?.linkLayer, `the announcement of ${address}`).toBe(family.mac);
        if (address === second) expect(host.run('ip', 'neigh', 'show', address)).toContain(family.mac);
        host.run('ip', 'neigh', 'flush', 'dev', 'eth0');
        expect(host.run('ping', '-c', '1', address)).toContain(' 0% packet loss');
        expect(host.run('ip', 'neigh', 'show', address)).toContain(family.mac);
      }
      for (const { arp, neighbor, sourceMac, timeNs } of bindings({ own: fresh })) {
        if (timeNs < sinceNs) continue;
        expect([sourceMac, arp?.senderMac ?? neighbor?.linkLayer]).toEqual([family.mac, family.mac]);
      }
      const carried = gone.at(-1)!;
      host.run('ip', 'neigh', 'flush', 'dev', 'eth0');
      expect(() => host.run('ping', '-c', '1', '-W', '0.3', carried)).toThrow();
      expect(bindings({ own: [carried] }).filter(({ timeNs }) => timeNs > advertised.timeNs)).toEqual([]);
    }
    await lan.pass(100);
    const sent = lan.frames.filter(({ vrrp, timeNs }) => vrrp !== undefined && timeNs > startNs);
    const gaps = sent.slice(1).map(({ timeNs }, index) => (timeNs - sent[index]!.timeNs) / 1e6);
    expect(Math.max(...gaps)).toBeLessThan(150);
    expect(sent.filter(({ vrrp }) => vrrp?.priority !== 255)).toEqual([]);
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(r1.run('nft', 'list', 'ruleset')).toBe('');
    expect(r1.run('ip', '-br', 'addr')).toBe(before);
  });
});
