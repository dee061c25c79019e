import { expect, it } from 'vitest';
import type { VirtualRouterConfiguration } from '../../src/config/configuration.ts';
import { parseConfiguration } from '../../src/config/parse.ts';
import { ownNamespace } from '../../src/linux/namespace.ts';
import { openRoute } from '../../src/linux/netlink/route.ts';
import { createInstance } from '../../src/router/instance.ts';
import type { InstanceContext } from '../../src/router/instance-context.ts';
import { rehearseTakeover } from '../../src/router/rehearsal.ts';

function configured(): VirtualRouterConfiguration {
  const text = `vrrp_instance VI {
    interface eth0
    virtual_router_id 51
    version 3
    priority 100
    advert_int 0.01
    use_vmac
    virtual_ipaddress {
      192.0.2.101
    }
  }`;
  const files = { read: () => '', match: () => [] };
  const result = parseConfiguration(text, { file: 'k.conf', files, defaults: 'keepalived', configurationId: 'here' });
  if (!result.ok) throw new Error('the configuration is sound');
  return result.configuration.virtualRouters[0]!;
}

const OWN_ADDRESS = {
  ...{
    index: 2,
    address: '192.0.2.1',
    prefixLength: 24,
    family: 4 as const,
    scope: 'global' as const,
    noPrefixRoute: false,
  },
  ...{ home: false, deprecated: false, tentative: false, duplicate: false },
};
const MAC_ADDRESS = Uint8Array.of(0, 0, 0x5e, 0, 1, 51);

/** Where an instance runs; what is done to it is in `done`, what it logs in `said`. */
function surroundings(over: Partial<InstanceContext>) {
  const done: string[] = [];
  const said: string[] = [];
  const context: InstanceContext = {
    log: { line: (text) => said.push(text), close: () => Promise.resolve() },
    namespace: ownNamespace(),
    port: { name: 'eth0', index: 2, macAddress: MAC_ADDRESS, usable: true, addresses: [OWN_ADDRESS] },
    carrier: {
      ...{ name: 'vrrp.51', index: 3, macAddress: MAC_ADDRESS },
      engage: () => done.push('engaged'),
      review: () => 'well',
      reconfigure() {},
      release() {},
      remove: () => Promise.resolve(),
    },
    notifier: { state: (state) => done.push(state), receivedLowerPriority() {}, priorityChanged() {} },
    send() {
      done.push('sent');
      return 'sent';
    },
    drain() {},
    ...over,
  };
  return { context, done, said };
}

const refuse = () => {
  throw new Error('the kernel refuses');
};

it.each(['drain', 'send'] as const)('takes over, and goes on advertising, where %s fails; it is told', async (what) => {
  const { context, done, said } = surroundings({ [what]: refuse });
  const instance = createInstance(configured(), context);
  instance.start();
  await expect.poll(() => done).toEqual(expect.arrayContaining(['engaged', 'MASTER']));
  const sent = () => instance.view().statistics.advertisementsSent;
  if (what === 'drain') await expect.poll(sent).toBeGreaterThan(3);
  expect(said.join('\n')).toContain('error: the kernel refuses');
  instance.stop();
});

it('gives up rehearsing a takeover that does not come, says so, and goes on', async () => {
  const said: string[] = [];
  const namespace = ownNamespace();
  const route = openRoute(namespace);
  // Every request fails from here on, in a way that no rehearsal expects.
  route.close();
  const log = { line: (text: string) => said.push(text), close: () => Promise.resolve() };
  const begin = performance.now();
  await rehearseTakeover({ namespace, route, log, send: () => 'down', drain() {} }, configured());
  expect(performance.now() - begin).toBeGreaterThan(200);
  expect(said).toEqual(['(VI) the rehearsal of a takeover was given up after 250 ms: the first one may be slower']);
});
