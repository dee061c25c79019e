import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import { machineState } from './machine-state.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

function instance(priority: number, lines: readonly string[], addresses = ['192.0.2.101/24']): string {
  const usual = ['interface eth0', 'virtual_router_id 51', 'version 3', 'advert_int 0.1', 'use_vmac'];
  return `vrrp_instance VI {\n${[...usual, `priority ${priority}`, ...lines].join('\n')}\nvirtual_ipaddress {\n${addresses.join('\n')}\n}\n}\n`;
}

const ROUTES = `virtual_routes {
  src 192.0.2.101 to 198.51.100.0/24 via 192.0.2.254 metric 50 mtu 1400
  203.0.113.0/24 dev eth0 scope link no_track
  default via 192.0.2.254 table 100
  blackhole 10.9.0.0/16
  2001:db8:9::/48 via 2001:db8::254 dev eth0
}
virtual_rules {
  from 192.0.2.0/24 table 100 priority 90
  not to 192.0.2.101 fwmark 0x10/0xf0 iif eth0 lookup 100 preference 91
  inet6 oif eth0 prohibit order 92
  to 10.10.0.0/16 suppress_prefixlength 0 table main pref 93
}`;

function routing({ run }: LanNode): string {
  const words = ['show', 'table', 'all', 'proto', '86'];
  return [run('ip', 'route', ...words), run('ip', '-6', 'route', ...words), run('ip', 'rule'), run('ip', '-6', 'rule')]
    .join('')
    .replace(/[ \t]+$/gm, '');
}

const EXPECTED = [
  /^198\.51\.100\.0\/24 via 192\.0\.2\.254 dev eth0 .*src 192\.0\.2\.101 metric 50 mtu 1400$/m,
  /^203\.0\.113\.0\/24 dev eth0 .*scope link$/m,
  /^default via 192\.0\.2\.254 dev eth0 table 100$/m,
  /^blackhole 10\.9\.0\.0\/16$/m,
  /^2001:db8:9::\/48 via 2001:db8::254 dev eth0 metric 1024/m,
  /^90:\s+from 192\.0\.2\.0\/24 lookup 100 proto 86$/m,
  /^91:\s+not from all to 192\.0\.2\.101 fwmark 0x10\/0xf0 iif eth0 lookup 100 proto 86$/m,
  /^92:\s+from all oif eth0 prohibit proto 86$/m,
  /^93:\s+from all to 10\.10\.0\.0\/16 lookup main suppress_prefixlength 0 proto 86$/m,
];

function node(): LanNode {
  return lan.node('r1', ['192.0.2.1/24', '2001:db8::1/64', 'fe80::1/64']);
}

it('has virtual routes and rules while it is Active, and no longer', async () => {
  const r1 = node();
  const router = lan.router(r1, instance(150, [ROUTES]));
  const before = machineState(r1);
  await router.line(/announcing/);
  await expect.poll(() => routing(r1)).toMatch(EXPECTED[0]!);
  for (const line of EXPECTED) expect(routing(r1)).toMatch(line);
  // A link that goes takes its routes along.
  r1.run('ip', 'route', 'del', '198.51.100.0/24', 'metric', '50');
  r1.run('ip', 'link', 'set', 'vrrp.51', 'down');
  await expect.poll(() => routing(r1)).toMatch(EXPECTED[0]!);
  lan.router(lan.node('r2', ['192.0.2.2/24']), instance(200, []));
  await router.line(/Entering BACKUP STATE \(received/);
  expect(routing(r1)).not.toMatch(/proto 86|198\.51|blackhole/);
  router.signal('SIGTERM');
  expect(await router.ended).toBe(0);
  const after = machineState(r1);
  expect(after.routes).toEqual(before.routes);
  expect(after.rules).toEqual(before.rules);
});

it('has static addresses, routes and rules from start to end, and changes them at a reload', async () => {
  const r1 = node();
  const before = machineState(r1);
  const statics = (address: string): string => `static_ipaddress {\n${address} brd 192.0.2.255 dev eth0\n}
static_routes {\n10.8.0.0/16 via 192.0.2.254 dev eth0\n}\nstatic_rules {\nto 10.8.0.0/16 table 200 priority 95\n}\n`;
  const router = lan.router(r1, statics('192.0.2.9/24') + instance(150, []));
  await router.line(/Entering MASTER/);
  expect(r1.run('ip', 'addr', 'show', 'dev', 'eth0')).toContain('inet 192.0.2.9/24 brd 192.0.2.255');
  expect(routing(r1)).toMatch(/^10\.8\.0\.0\/16 via 192\.0\.2\.254 dev eth0$/m);
  expect(routing(r1)).toMatch(/^95:\s+from all to 10\.8\.0\.0\/16 lookup 200 proto 86$/m);
  writeFileSync(
    router.child.spawnargs[router.child.spawnargs.indexOf('-f') + 1]!,
    statics('192.0.2.10/24') + instance(150, []),
  );
  router.signal('SIGHUP');
  await router.line(/Reload complete/);
  const shown = r1.run('ip', 'addr', 'show', 'dev', 'eth0');
  expect(shown).toContain('inet 192.0.2.10/24');
  expect(shown).not.toContain('inet 192.0.2.9/24');
  router.signal('SIGTERM');
  expect(await router.ended).toBe(0);
  expect(machineState(r1)).toEqual(before);
});

it('leaves what others made as it is, and clears away what a killed router left', async () => {
  const r1 = node();
  r1.run('ip', 'route', 'add', 'blackhole', '10.9.0.0/16');
  r1.run('ip', 'rule', 'add', 'from', '192.0.2.0/24', 'table', '100', 'priority', '90');
  const before = machineState(r1);
  const statics = 'static_ipaddress {\n192.0.2.9/24 dev eth0\n}\nstatic_routes {\n10.8.0.0/16 dev eth0\n}\n';
  const killed = lan.router(r1, statics + instance(150, [ROUTES]));
  await killed.line(/the route to 10\.9\.0\.0\/16 is there already: it stays as it is/);
  // The kernel has the same rule twice, of two makers.
  await expect.poll(() => routing(r1)).toMatch(/^90:\s+from 192.*proto 86$/m);
  killed.signal('SIGKILL');
  await killed.ended;
  const again = lan.router(r1, statics + instance(150, [ROUTES]));
  await again.line(/removing the route to 203\.0\.113\.0\/24, which a router left behind/);
  await again.line(/Entering BACKUP/);
  again.signal('SIGTERM');
  expect(await again.ended).toBe(0);
  expect(machineState(r1)).toEqual(before);
});

it('says which route cannot be, and goes on', async () => {
  const r1 = node();
  const router = lan.router(
    r1,
    instance(150, ['virtual_routes {\n10.7.0.0/16 via 172.16.0.1\n10.6.0.0/16 dev eth9\n}']),
  );
  await router.line(/\(VI\) cannot add the route to 10\.7\.0\.0\/16 by 172\.16\.0\.1: .*invalid gateway/);
  await router.line(/\(VI\) .*find the interface eth9/);
  await lan.until('it is Active', ({ arp }) => arp?.sender === '192.0.2.101');
});

it('promotes secondary addresses of its interface where it is told to', async () => {
  const r1 = node();
  const before = machineState(r1);
  const router = lan.router(r1, instance(150, ['promote_secondaries']));
  await router.line(/sysctl net\/ipv4\/conf\/eth0\/promote_secondaries = 1 \(was 0\)/);
  await router.line(/ready/);
  router.signal('SIGTERM');
  expect(await router.ended).toBe(0);
  expect(machineState(r1)).toEqual(before);
});
