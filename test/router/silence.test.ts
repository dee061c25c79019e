import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import './needs-lan.ts';
import { endingWithUs } from '../child.ts';
import { buildLan, type Lan } from './lan.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

const VARIANTS = [
  { name: 'version 2', version: 2, interval: 1, address: '192.0.2.101', mac: '00:00:5e:00:01:33' },
  { name: 'version 3, IPv4', version: 3, interval: 0.1, address: '192.0.2.101', mac: '00:00:5e:00:01:33' },
  { name: 'version 3, IPv6', version: 3, interval: 0.1, address: 'fe80::51', mac: '00:00:5e:00:02:33' },
] as const;
type Variant = (typeof VARIANTS)[number];

function configuration(
  { version, interval, address }: Omit<Variant, 'address'> & { readonly address: string },
  priority: number,
): string {
  return `vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nversion ${version}\npriority ${priority}\nadvert_int ${interval}\nuse_vmac\nvirtual_ipaddress {\n${address}\n}\n}\n`;
}

const MILLISECOND = 1_000_000;

it.each(VARIANTS)(
  'is silent 100 ms after SIGKILL, whoever asks, and starts again: $name',
  async (variant) => {
    const node = lan.node('r1', ['192.0.2.1/24', 'fe80::1/64']);
    const host = lan.node('h', ['192.0.2.50/24', 'fe80::50/64']);
    const router = lan.router(node, configuration(variant, 200));
    await lan.until('r1 is Active', ({ arp, neighbor }) => (arp?.sender ?? neighbor?.target) === variant.address);
    const target = variant.address.includes(':') ? `${variant.address}%eth0` : variant.address;
    expect(host.run('ping', '-c', '1', '-W', '2', target)).toContain(' 0% packet loss');
    router.signal('SIGKILL');
    await router.ended;
    expect(node.run('ip', '-br', 'link', 'show', 'up')).toContain('vrrp.51');
    const killedNs = lan.clock.now();
    await lan.pass(100);
    // The neighbour that the host knows, then one that it has to ask for; and packets to be forwarded.
    expect(() => host.run('ping', '-c', '2', '-i', '0.1', '-W', '0.3', target)).toThrow();
    host.run('ip', 'neigh', 'flush', 'dev', 'eth0');
    expect(() => host.run('ping', '-c', '2', '-i', '0.1', '-W', '0.3', target)).toThrow();
    await lan.pass(1500);
    const late = lan.frames.filter(
      (frame) =>
        frame.node === 'r1' &&
        frame.timeNs > killedNs + 100 * MILLISECOND &&
        (frame.sourceMac === variant.mac ||
          frame.source === variant.address ||
          frame.arp?.sender === variant.address ||
          frame.neighbor?.target === variant.address),
    );
    expect(late).toEqual([]);

    const again = lan.router(node, configuration(variant, 200));
    await again.line(/Entering MASTER STATE/);
    expect(host.run('ping', '-c', '1', '-W', '2', target)).toContain(' 0% packet loss');
    again.signal('SIGTERM');
    await again.ended;
    expect(node.run('nft', 'list', 'ruleset')).toBe('');
  },
  60_000,
);

const FORWARDED = [
  { name: 'IPv4', virtual: '192.0.2.101', mac: '00:00:5e:00:01:33', far: '198.51.100.9', by: '192.0.2.51' },
  { name: 'IPv6', virtual: '2001:db8::101', mac: '00:00:5e:00:02:33', far: '2001:db8:9::9', by: '2001:db8::51' },
] as const;

it.each(FORWARDED)(
  'forwards nothing 100 ms after SIGKILL: $name',
  async ({ virtual, mac, far, by }) => {
    const node = lan.node('r1', ['192.0.2.1/24', '2001:db8::1/64', 'fe80::1/64']);
    const host = lan.node('h', ['192.0.2.50/24', '2001:db8::50/64', 'fe80::50/64']);
    const server = lan.node('s', ['192.0.2.51/24', '2001:db8::51/64', 'fe80::51/64']);
    const length = virtual.includes(':') ? 128 : 32;
    node.run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
    server.run('ip', 'addr', 'add', `${far}/${length}`, 'dev', 'eth0', ...(length === 128 ? ['nodad'] : []));
    node.run('ip', 'route', 'add', far, 'via', by);
    host.run('ip', 'neigh', 'replace', virtual, 'lladdr', mac, 'nud', 'permanent', 'dev', 'eth0');
    host.run('ip', 'route', 'add', far, 'via', virtual, 'dev', 'eth0');
    const addresses = length === 128 ? `fe80::101\n${virtual}` : virtual;
    const text = `vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nversion 3\nadvert_int 0.1\nuse_vmac\nvirtual_ipaddress {\n${addresses}\n}\n}\n`;
    const router = lan.router(node, text);
    await router.line(/announcing/);
    const forwarded = (sinceNs: number): number =>
      lan.frames.filter(
        ({ node: name, destination, timeNs }) => name === 'r1' && destination === far && timeNs > sinceNs,
      ).length;
    expect(host.run('ping', '-c', '5', '-i', '0.05', far)).toContain(' 0% packet loss');
    await lan.pass(20);
    expect(forwarded(0)).toBeGreaterThanOrEqual(5);
    const words = [`--net=${host.namespace.path}`, 'ping', '-q', '-c', '100', '-i', '0.01', '-W', '0.1', far];
    const pings = once(spawn(...endingWithUs('nsenter', words), { stdio: 'ignore' }), 'exit');
    await lan.pass(200);
    router.signal('SIGKILL');
    await router.ended;
    const killedNs = lan.clock.now();
    await pings;
    await lan.pass(20);
    // What the host sends goes on coming, from its port.
    const sent = lan.frames.filter(
      ({ node: name, destination, timeNs }) => name === 'h' && destination === far && timeNs > killedNs,
    );
    expect(sent.length).toBeGreaterThan(20);
    expect(forwarded(killedNs + 100 * MILLISECOND)).toBe(0);
  },
  30_000,
);

it('says what is missing without nft, and runs; no_accept is refused', async () => {
  const node = lan.node('r1', ['192.0.2.1/24']);
  const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-empty-'));
  const mounts = ['/usr/sbin', '/sbin', '/usr/local/sbin'].map((over) => ({ folder, over }));
  const text = `vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nversion 3\nadvert_int 0.1\nuse_vmac\nvirtual_ipaddress {\n192.0.2.101\n}\n}\n`;
  const router = lan.router(node, text, [], mounts);
  await router.line(
    /the kernel may answer another router's gratuitous ARP: nft is not installed \(the package is called nftables\)/,
  );
  await router.line(/if this process is killed, the kernel goes on answering: nft is not installed/);
  await router.line(/Entering MASTER STATE/);
  router.signal('SIGTERM');
  expect(await router.ended).toBe(0);
  const refused = lan.router(node, text.replace('use_vmac', 'use_vmac\nno_accept'), [], mounts);
  await refused.line(/cannot start: no_accept of vrrp_instance VI cannot be honoured: nft is not installed/);
  expect(await refused.ended).toBe(1);
  rmSync(folder, { recursive: true });
});

it('silences at a reload what other addresses ask for', async () => {
  const node = lan.node('r1', ['192.0.2.1/24', 'fe80::1/64', '2001:db8::1/64']);
  const text = configuration({ ...VARIANTS[2], address: '2001:db8::51/64' }, 200);
  const router = lan.router(node, text);
  await router.line(/Entering MASTER STATE/);
  const rules = (): string => node.run('nft', 'list', 'table', 'netdev', 'vrrpbench_silent_vrrp_2e51');
  expect(rules()).not.toContain('ip6 saddr :: ');
  const file = router.child.spawnargs[router.child.spawnargs.indexOf('-f') + 1]!;
  writeFileSync(file, configuration({ ...VARIANTS[2], address: 'fe80::51\n2001:db8::51/64' }, 200));
  router.signal('SIGHUP');
  await router.line(/Reload complete/);
  expect(rules()).toContain('ip6 saddr :: ');
  await lan.until('the new address', ({ neighbor }) => neighbor?.target === 'fe80::51');
});
