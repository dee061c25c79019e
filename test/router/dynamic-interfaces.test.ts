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

it('tells of one that waits that it is in fault', async () => {
  const node = lan.node('r1', ['192.0.2.1/24']);
  const router = lan.router(node, DYNAMIC + instance(2, 'eth0') + instance(4, 'eth1'));
  await router.line(/\(VI2\) Entering MASTER STATE/);
  const states = async (): Promise<string[]> => {
    const before = router.output().split('\n').length;
    router.signal('SIGUSR1');
    while (router.output().split('\n').length === before) await lan.pass(5);
    const all = JSON.parse(router.output().split('\n').at(-2)!) as { data: { iname: string; state_name: string } }[];
    return all.map(({ data }) => `${data.iname} ${data.state_name}`);
  };
  expect(await states()).toEqual(['VI2 active', 'VI4 fault']);
  makeEth1(node);
  await router.line(/\(VI4\) Entering MASTER STATE/);
  expect(await states()).toEqual(['VI2 active', 'VI4 active']);
}, 30_000);

it('undoes what it did on an interface that came later, and leaves one alone that never came', async () => {
  const node = lan.node('r1', ['192.0.2.1/24']);
  const router = lan.router(node, DYNAMIC + instance(4, 'eth1') + instance(6, 'eth2'));
  await router.line(/ready/);
  makeEth1(node);
  // Its addresses are the kernel's from when it is up; the router comes a moment later.
  await router.line(/\(VI4\) Entering MASTER STATE/);
  router.signal('SIGTERM');
  expect(await router.ended).toBe(0);
  const after = machineState(node);
  node.run('ip', 'link', 'del', 'eth1');
  makeEth1(node);
  expect({ ...after, links: undefined, addresses: undefined, routes: undefined }).toEqual({
    ...machineState(node),
    links: undefined,
    addresses: undefined,
    routes: undefined,
  });
  expect(node.run('ip', '-br', 'link')).not.toContain('vrrp.');
  expect(node.run('nft', 'list', 'ruleset')).toBe('');
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
