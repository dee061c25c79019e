import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import type { SeenFrame } from './seen-frame.ts';

const VIRTUAL_MAC = '00:00:5e:00:01:33';
/** Behind the routers' other port. */
const BEHIND = '198.51.100.9';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

function configuration(priority: number): string {
  return `vrrp_instance VI {
    interface eth0
    virtual_router_id 51
    version 3
    priority ${priority}
    advert_int 0.1
    use_vmac vrrp.51
    virtual_ipaddress {
        192.0.2.101/24
    }
}
`;
}

/** A router with another port, that stands in for what is behind it on its virtual MAC alone. */
async function proxy(number: number, priority: number): Promise<LanNode> {
  const node = lan.node(`r${number}`, [`192.0.2.${number}/24`]);
  node.run('ip', 'link', 'add', 'behind', 'type', 'veth', 'peer', 'name', 'beyond');
  node.run('ip', 'link', 'set', 'beyond', 'up');
  node.run('ip', 'address', 'add', `198.51.100.${number}/24`, 'dev', 'behind');
  node.run('ip', 'link', 'set', 'behind', 'up');
  node.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  await lan.router(node, configuration(priority)).line(/ready/);
  node.run('sysctl', '-qw', 'net.ipv4.conf.vrrp/51.proxy_arp=1');
  return node;
}

const answers = (name: string) => (frame: SeenFrame) =>
  frame.node === name && frame.arp?.operation === 2 && frame.arp.sender === BEHIND;

describe('proxy ARP on the interface of the virtual MAC (RFC 9568 §8.1.3)', () => {
  it('answers with the virtual MAC while Active, and not at all while Backup', async () => {
    await proxy(1, 200);
    await lan.until('r1 is Active', ({ node, arp }) => node === 'r1' && arp?.sender === '192.0.2.101');
    await proxy(2, 100);
    const host = lan.node('h1', ['192.0.2.77/24']);
    host.run('ip', 'route', 'add', '198.51.100.0/24', 'dev', 'eth0');
    host.run('bash', '-c', `ping -c 1 -W 2 ${BEHIND} || true`);
    const answer = await lan.until('an answer', answers('r1'));
    expect(answer.arp).toMatchObject({ senderMac: VIRTUAL_MAC });
    // Longer than the kernel puts an answer of a proxy off.
    await lan.pass(1500);
    const given = lan.frames.filter(answers('r1'));
    expect(given.map(({ arp }) => arp!.senderMac)).toEqual(given.map(() => VIRTUAL_MAC));
    expect(lan.frames.filter(answers('r2'))).toEqual([]);
  }, 30_000);
});

describe('the interface of the virtual MAC (RFC 9568 §7.4)', () => {
  it('makes no interface identifier, by RFC 7217 or any other way', async () => {
    const node = lan.node('r1', ['192.0.2.1/24']);
    lan.router(node, configuration(200));
    await lan.until('r1 is Active', ({ arp }) => arp?.sender === '192.0.2.101');
    expect(node.run('ip', '-d', 'link', 'show', 'vrrp.51')).toContain('addrgenmode none');
    expect(node.run('ip', '-6', 'address', 'show', 'dev', 'vrrp.51')).not.toContain('inet6');
  }, 20_000);
});
