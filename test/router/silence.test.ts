import { afterEach, beforeEach, expect, it } from 'vitest';
import './needs-lan.ts';
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

function configuration({ version, interval, address }: Variant, priority: number): string {
  return `vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nversion ${version}\npriority ${priority}\nadvert_int ${interval}\nuse_vmac\nvirtual_ipaddress {\n${address}\n}\n}\n`;
}

const MILLISECOND = 1_000_000;

it.each(VARIANTS)(
  'is silent 100 ms after SIGKILL, whoever asks, and starts again: $name',
  async (variant) => {
    const node = lan.node('r1', ['192.0.2.1/24', 'fe80::1/64']);
    const host = lan.node('h', ['192.0.2.50/24', 'fe80::50/64']);
    const router = lan.router(node, configuration(variant, 200));
    await lan.until('r1 is Active', (frame) => frame.arp?.sender === variant.address || frame.neighbor?.type === 136);
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
