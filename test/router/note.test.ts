import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';

let lan: Lan;
let r1: LanNode;
let folder: string;
beforeEach(async () => {
  lan = await buildLan();
  r1 = lan.node('r1', ['10.0.0.1/24']);
  folder = mkdtempSync(join(tmpdir(), 'vrrpbench-note-'));
});
afterEach(async () => {
  await lan.close();
  rmSync(folder, { recursive: true });
});

const ON_BASE = `vrrp_instance instance1 {
	state BACKUP
	interface eth0
	virtual_router_id 250
	use_vmac
	vmac_xmit_base         # Transmit VRRP adverts over physical interface
	priority 150
	advert_int 1
	virtual_ipaddress {
		10.0.0.254
	}
}
`;

const WITH_SCRIPT = `vrrp_instance instance1 {
	state BACKUP
	interface eth0
	virtual_router_id 250
	use_vmac
	priority 150
	advert_int 1
	virtual_ipaddress {
		10.0.0.254
	}
	notify_master "/usr/local/bin/vmac_tweak.sh vrrp.250"
}
`;

/** Everybody's settings are for its owner to find as they were. */
const TWEAK = `#!/bin/sh
echo 1 > "/proc/sys/net/ipv4/conf/$1/log_martians"
ip link set "$1" alias tweaked
`;

describe('the configurations of keepalived’s note on virtual MACs, word for word', () => {
  it('advertises by the physical interface, and ARP names the virtual MAC', async () => {
    lan.router(r1, ON_BASE);
    const host = lan.node('h', ['10.0.0.50/24']);
    expect(await lan.until('an advertisement', ({ vrrp }) => vrrp !== undefined)).toMatchObject({
      sourceMac: '02:00:00:00:00:01',
      vrrp: { version: 2, virtualRouterId: 250, priority: 150, interval: 1, addresses: ['10.0.0.254'] },
    });
    await lan.until('an announcement', ({ arp }) => arp?.senderMac === '00:00:5e:00:01:fa');
    expect(r1.run('ip', '-d', 'addr', 'show', 'dev', 'vrrp.250')).toMatch(
      /macvlan mode private[\s\S]*inet 10\.0\.0\.254\/32/,
    );
    expect(host.run('ping', '-c', '1', '10.0.0.254')).toContain(' 0% packet loss');
    expect(host.run('ip', 'neigh', 'show', '10.0.0.254')).toContain('00:00:5e:00:01:fa');
  });

  it('runs the script when it is Active, which does what it is for', async () => {
    writeFileSync(join(folder, 'vmac_tweak.sh'), TWEAK, { mode: 0o755 });
    const router = lan.router(r1, WITH_SCRIPT, [], [{ folder, over: '/usr/local/bin' }]);
    await router.line(/Entering MASTER STATE/);
    await expect.poll(() => r1.run('ip', 'link', 'show', 'dev', 'vrrp.250')).toContain('alias tweaked');
    expect(r1.run('sysctl', '-n', 'net/ipv4/conf/vrrp.250/log_martians').trim()).toBe('1');
    expect(await lan.until('an advertisement', ({ vrrp }) => vrrp !== undefined)).toMatchObject({
      sourceMac: '00:00:5e:00:01:fa',
      vrrp: { virtualRouterId: 250, priority: 150, addresses: ['10.0.0.254'] },
    });
    const errors = router.lines.filter((line) => /error|cannot|vmac_tweak/.test(line));
    expect(errors).toEqual([]);
  });
});
