import { expect, it } from 'vitest';
import type { RouterConfiguration, VirtualRouterConfiguration } from '../../src/config/configuration.ts';
import { parseConfiguration } from '../../src/config/parse.ts';
import { createPace, createPaces } from '../../src/router/pace.ts';

const MS = 1_000_000;

it('gives one place after another, and the next at once where none was taken for a while', () => {
  let nowNs = 0;
  const pace = createPace(10 * MS, () => nowNs);
  expect([pace.reserve(), pace.reserve(), pace.reserve()]).toEqual([0, 10 * MS, 20 * MS]);
  nowNs = 25 * MS;
  expect(pace.reserve()).toBe(5 * MS);
  nowNs = 100 * MS;
  expect(pace.reserve()).toBe(0);
});

it('is shared by the interfaces of a garp_group, for each family; others have the global one of their interface', () => {
  const interfaces = ['eth0', 'eth1', 'eth2', 'eth2'];
  const text = [
    'global_defs {\nvrrp_garp_interval 0.1\n}',
    'garp_group {\ngarp_interval 0.02\ninterfaces {\neth0\neth1\n}\n}',
    ...interfaces.flatMap((name, index) => [
      `vrrp_instance four${index} {\ninterface ${name}\nvirtual_router_id ${index + 1}`,
      `virtual_ipaddress {\n192.0.2.${index + 1}\n}\n}`,
    ]),
    'vrrp_instance six {\ninterface eth0\nvirtual_router_id 9\nvirtual_ipaddress {\nfe80::9\n}\n}',
  ].join('\n');
  const result = parseConfiguration(text, { file: 'k.conf', files: { read: () => '', match: () => [] } });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  const configuration: RouterConfiguration = result.configuration;
  const paces = createPaces();
  const of = (router: VirtualRouterConfiguration) => paces.of(router, configuration).pace;
  const [eth0, eth1, eth2, again, six] = configuration.virtualRouters.map(of);
  expect(eth1).toBe(eth0);
  expect(again).toBe(eth2);
  expect(eth2).not.toBe(eth0);
  // The group has no gna_interval.
  expect(six).toBeUndefined();
});
