import { describe, expect, it } from 'vitest';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import type { Plan } from '../../src/scenario/plan.ts';
import type { Variant } from '../../src/scenario/variant.ts';

function compile(text: string, variant: Variant = 'v3-ipv4'): Plan {
  return compileScenario(parseScenario(text, 'scenarios/test.yaml'), { variant, implementation: 'native' });
}

const TWO_ROUTERS = `name: Two routers
routers: [r1, r2]
hosts: [h1]
steps:
  - start: [r1, r2]
expect:
  - active: r1
`;

/** The steps of a scenario of two routers and a host. */
function steps(...lines: string[]): Plan['steps'] {
  return compile(TWO_ROUTERS.replace('expect:', `${lines.map((line) => `  - ${line}\n`).join('')}expect:`)).steps.slice(
    1,
  );
}

describe('what a scenario leaves out', () => {
  it.each([
    ['v2-ipv4', 2, '192.0.2.1', ['192.0.2.101'], ['192.0.2.1/24'], 'rfc3768'],
    ['v3-ipv4', 3, '192.0.2.1', ['192.0.2.101'], ['192.0.2.1/24'], 'rfc9568'],
    [
      'v3-ipv6',
      3,
      'fe80::ff:fe00:1',
      ['fe80::5e:51', '2001:db8::101'],
      ['fe80::ff:fe00:1/64', '2001:db8::1/64'],
      'rfc9568',
    ],
  ] as const)('has its convention in %s', (variant, version, primaryAddress, addresses, own, profile) => {
    const plan = compile(TWO_ROUTERS, variant);
    const [r1, r2, h1] = plan.topology.nodes;
    expect(plan.profile).toBe(profile);
    expect(plan.topology.lans).toEqual([{ name: 'lan', fabric: 'bridge' }]);
    expect(r1).toMatchObject({
      kind: 'router',
      implementation: 'native',
      ports: [{ lan: 'lan', interfaceName: 'eth0', macAddress: '02:00:00:00:01:01', addresses: own }],
      virtualRouters: [
        {
          virtualRouterId: 51,
          version,
          priority: 200,
          advertisementIntervalNs: 1e9,
          preempt: true,
          primaryAddress,
          addresses,
        },
      ],
    });
    expect(r2).toMatchObject({ virtualRouters: [{ priority: 100 }], ports: [{ macAddress: '02:00:00:00:01:02' }] });
    expect(h1).toMatchObject({ kind: 'host', ports: [{ macAddress: '02:00:00:00:01:03' }], gateways: [addresses[0]] });
  });

  it('expects that no rule is broken', () => {
    expect(compile(TWO_ROUTERS).expectations.at(-1)).toMatchObject({ kind: 'rules', profile: 'rfc9568', except: [] });
  });

  it('gives an address owner the virtual address as its own', () => {
    const plan = compile(TWO_ROUTERS.replace('[r1, r2]', '{ r1: { priority: 255 }, r2: }'));
    expect(plan.topology.nodes[1]).toMatchObject({ virtualRouters: [{ addresses: ['192.0.2.1'], priority: 100 }] });
  });
});

describe('values by variant', () => {
  const text = `virtual-router: { interval: { v2-ipv4: 2s, otherwise: 300ms } }\n${TWO_ROUTERS}`;
  it.each([
    ['v2-ipv4', 2e9],
    ['v3-ipv4', 3e8],
    ['v3-ipv6', 3e8],
  ] as const)('are chosen for %s', (variant, advertisementIntervalNs) => {
    expect(compile(text, variant).topology.nodes[0]).toMatchObject({ virtualRouters: [{ advertisementIntervalNs }] });
  });
});

describe('several LANs and virtual routers', () => {
  const plan = compile(`name: Two LANs
lans: [left, right]
virtual-routers:
  - { id: 10, lan: left }
  - { id: 20, lan: right, priorities: { r1: 50, r2: 150 } }
  - { id: 21, lan: right }
routers: { r1: , r2: { lans: right } }
hosts: { h1: { lan: right } }
steps:
  - start: [r1, r2]
expect:
  - one-active
`);

  it('give every node a port on its LANs', () => {
    const ports = plan.topology.nodes.map(({ name, ports }) => [
      name,
      ports.map(({ lan, addresses }) => [lan, addresses[0]]),
    ]);
    expect(ports).toEqual([
      [
        'r1',
        [
          ['left', '192.0.2.1/24'],
          ['right', '198.51.100.1/24'],
        ],
      ],
      ['r2', [['right', '198.51.100.2/24']]],
      ['h1', [['right', '198.51.100.3/24']]],
    ]);
  });

  it('give every router the virtual routers of its LANs', () => {
    const virtualRouters = plan.topology.nodes.flatMap((node) =>
      node.kind === 'router'
        ? node.virtualRouters.map((one) => [one.router, one.virtualRouterId, one.priority, one.addresses[0]])
        : [],
    );
    expect(virtualRouters).toEqual([
      ['r1', 10, 200, '192.0.2.101'],
      ['r1', 20, 50, '198.51.100.101'],
      ['r1', 21, 200, '198.51.100.102'],
      ['r2', 20, 150, '198.51.100.101'],
      ['r2', 21, 100, '198.51.100.102'],
    ]);
  });
});

describe('a step', () => {
  it('acts on several routers at once', () => {
    expect(steps('power-off: [r1, r2]')).toMatchObject([
      {
        kind: 'perform',
        actions: [
          { kind: 'power-off', node: 'r1' },
          { kind: 'power-off', node: 'r2' },
        ],
      },
    ]);
  });

  it('knows its line', () => {
    expect(steps('pause: 1s')).toMatchObject([{ line: 6 }]);
  });

  it('counts in timers of the slowest router', () => {
    expect(steps('pause: active-down-interval + 20ms')).toMatchObject([{ kind: 'pause', forNs: 3_629_375_000 }]);
  });

  it('has a deadline to wait', () => {
    expect(steps('await: { active: r1 }')).toMatchObject([{ withinNs: 3 * 3_609_375_000 + 5e9 }]);
    expect(steps('await: { silence: { from: r1, for: skew-time }, within: 2s }')).toMatchObject([
      { withinNs: 2e9, condition: { kind: 'silence', from: 'r1', forNs: 218_750_000 } },
    ]);
  });

  it('probes the virtual address each millisecond', () => {
    expect(steps('probe:', 'end-probe')).toMatchObject([
      { actions: [{ kind: 'begin-probe', probe: { name: 'probe', from: 'h1', to: '192.0.2.101', intervalNs: 1e6 } }] },
      { actions: [{ kind: 'end-probe', name: 'probe' }] },
    ]);
  });
});

describe('a fault', () => {
  it.each([
    [
      '{ lose: the 3rd advertisement from r1 }',
      { node: 'r1', direction: 'out', matcher: { protocol: 'vrrp' }, positions: [3], effect: { kind: 'drop' } },
    ],
    [
      '{ lose: the second advertisement from r1 to r2 }',
      { node: 'r2', direction: 'in', matcher: { protocol: 'vrrp', sourceAddress: '192.0.2.1' }, positions: [2] },
    ],
    ['{ lose: everything to r2, chance: 0.1 }', { node: 'r2', direction: 'in', matcher: {}, probability: 0.1 }],
    ['{ lose: everything, at: r1 }', { node: 'r1', direction: 'both', matcher: {} }],
    [
      '{ delay: all ARP frames from h1, by: 5ms, jitter: 1ms }',
      { matcher: { protocol: 'arp' }, effect: { kind: 'delay', delayNs: 5e6, jitterNs: 1e6 } },
    ],
    ['{ duplicate: { priority: 0 }, at: r1 }', { matcher: { priority: 0 }, effect: { kind: 'duplicate', copies: 1 } }],
  ])('%s', (words, expected) => {
    expect(steps(`fault: ${words}`)).toMatchObject([
      { actions: [{ kind: 'begin-fault', fault: { name: 'fault', lan: 'lan', ...expected } }] },
    ]);
  });

  it('asks for the wire, and is refused on a bridge', () => {
    const text = TWO_ROUTERS.replace('expect:', '  - fault: { lose: everything to r2 }\n  - end-fault\nexpect:');
    expect(compile(text).topology.lans).toEqual([{ name: 'lan', fabric: 'wire' }]);
    expect(() => compile(`fabric: bridge\n${text}`)).toThrow(
      'test.yaml:1:9: a bridge cannot do what the fault steps ask; expected wire',
    );
  });
});

describe('a crafted advertisement', () => {
  it('is valid but for what is said, and comes from a tester', () => {
    const plan = compile(
      TWO_ROUTERS.replace('expect:', '  - send: { advertisement: { ttl: 254 }, count: 3 }\nexpect:'),
    );
    expect(plan.topology.nodes.at(-1)).toMatchObject({ kind: 'tester', name: 'tester', ports: [{ addresses: [] }] });
    expect(plan.steps.at(-1)).toMatchObject({
      kind: 'send',
      send: {
        node: 'tester',
        count: 3,
        everyNs: 1e9,
        frames: [
          {
            kind: 'advertisement',
            version: 3,
            type: 1,
            virtualRouterId: 51,
            priority: 100,
            interval: 100,
            hopLimit: 254,
            source: '192.0.2.4',
            destination: '224.0.0.18',
            sourceMac: '00:00:5e:00:01:33',
            addresses: ['192.0.2.101'],
          },
        ],
      },
    });
  });
});

describe('an expectation', () => {
  const withExpectation = (line: string, more = '') =>
    compile(TWO_ROUTERS.replace('expect:', `${more}expect:`).replace('- active: r1', `- ${line}`)).expectations[0];

  it('follows the last step that disturbed a router unless it says which', () => {
    const more = '  - stop: r1\n  - pause: 1s\n  - start: r1\n    as: return\n  - pause: 1s\n';
    expect(withExpectation('takeover: { of: r1 }', more)).toMatchObject({
      kind: 'takeover',
      router: 'r1',
      afterStep: 3,
    });
    expect(withExpectation('takeover: { of: r2, after: stop }', more)).toMatchObject({ afterStep: 1 });
    expect(withExpectation('never: { active: r1, after: return }', more)).toMatchObject({
      afterStep: 3,
      condition: { kind: 'active', router: 'r1' },
    });
  });

  it('measures an outage against the timers of the slowest router', () => {
    const more = '  - probe:\n  - end-probe\n';
    expect(withExpectation('outage: { below: active-down-interval + 20ms }', more)).toMatchObject({
      belowNs: 3_629_375_000,
      probe: { name: 'probe' },
    });
    expect(withExpectation('outage: { below: skew-time, of: r1 }', more)).toMatchObject({ belowNs: 218_750_000 });
  });
});

describe('what somebody does to a machine', () => {
  it('is run in turn on a node, or on the switch of a LAN', () => {
    const [one, other] = steps(
      "command: { at: r1, run: 'ip link set {macvlan} down' }",
      "command: { at: lan, run: ['ip link set {bridge} down', 'ip link set {bridge} up'] }",
    );
    expect(one).toMatchObject({
      kind: 'run-commands',
      commands: [{ at: { node: 'r1' }, words: ['ip', 'link', 'set', '{macvlan}', 'down'] }],
    });
    expect(other).toMatchObject({ commands: [{ at: { lan: 'lan' } }, { at: { lan: 'lan' } }] });
    expect(() => steps('command: { at: r9, run: ip }')).toThrow("there is no node or LAN 'r9'");
  });

  it('is another configuration: the router as before, but for what is said', () => {
    const [reload] = steps('reload: { router: r2, priority: 150, interval: 2s, preempt: false }');
    expect(reload).toMatchObject({
      kind: 'perform',
      actions: [
        {
          kind: 'reload',
          router: 'r2',
          description: {
            name: 'r2',
            virtualRouters: [
              { priority: 150, preempt: false, advertisementIntervalNs: 2e9, addresses: ['192.0.2.101'] },
            ],
          },
        },
      ],
    });
    expect(() => steps('reload: { router: r2, configuration: none }')).toThrow(
      'expected a configuration where the router was given one',
    );
  });
});
