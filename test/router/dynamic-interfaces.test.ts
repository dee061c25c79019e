import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildLan, type Lan, type LanNode } from './lan.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

function instance(number: number, interfaceName: string): string {
  return `vrrp_instance VI${number} {
    interface ${interfaceName}
    virtual_router_id ${number}
    version 3
    advert_int 0.1
    use_vmac
    virtual_ipaddress {
        192.0.${number}.101
    }
}
`;
}

function makeEth1(node: LanNode): void {
  node.run('ip', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'other');
  node.run('ip', 'link', 'set', 'other', 'up');
  node.run('ip', 'addr', 'add', '192.0.4.1/24', 'dev', 'eth1');
  node.run('ip', 'link', 'set', 'eth1', 'up');
}

const DYNAMIC = 'global_defs {\n dynamic_interfaces\n}\n';

it('lets a virtual router wait for its interface, and again after a reload, while others run', async () => {
  const node = lan.node('r1', ['192.0.2.1/24']);
  const router = lan.router(node, DYNAMIC + instance(2, 'eth0') + instance(4, 'eth1'));
  await router.line(/\(VI4\) waits for the interface eth1/);
  await router.line(/ready/);
  await router.line(/\(VI2\) Entering MASTER STATE/);
  router.signal('SIGHUP');
  await router.line(/Reload complete/);
  expect(router.lines.filter((line) => line.includes('(VI4) waits for the interface eth1'))).toHaveLength(2);
  makeEth1(node);
  await router.line(/\(VI4\) Entering MASTER STATE/);
  expect(node.run('ip', '-br', 'addr', 'show', 'dev', 'vrrp.4')).toContain('192.0.4.101');
  expect(router.lines.filter((line) => line.includes('(VI2) Entering'))).toHaveLength(2);
  router.signal('SIGTERM');
  expect(await router.ended).toBe(0);
}, 30_000);

it('keeps the sync group of one that waits in fault', async () => {
  const node = lan.node('r1', ['192.0.2.1/24']);
  const group = 'vrrp_sync_group G {\n group {\n VI2\n VI4\n }\n}\n';
  const router = lan.router(node, DYNAMIC + group + instance(2, 'eth0') + instance(4, 'eth1'));
  await router.line(/\(VI2\) Entering FAULT STATE \(VI4 of its group is in fault\)/);
  makeEth1(node);
  await router.line(/\(VI2\) Entering MASTER STATE/);
  await router.line(/\(VI4\) Entering MASTER STATE/);
}, 30_000);

it('without the keyword an interface that is not there prevents the start', async () => {
  const node = lan.node('r1', ['192.0.2.1/24']);
  const router = lan.router(node, instance(4, 'eth1'));
  await router.line(/the interface eth1 of vrrp_instance VI4 does not exist here/);
  expect(await router.ended).toBe(1);
}, 30_000);
