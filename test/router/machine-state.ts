import type { LanNode } from './lan.ts';

/**
 * Everything of a machine that a router may change: links, addresses, routes of every table, rules, every parameter of
 * IPv4 and IPv6 interfaces, nftables. Two of them are compared.
 */
export function machineState({ run }: LanNode): Readonly<Record<string, unknown>> {
  const strip = (text: string): unknown =>
    JSON.parse(text, (key, value) =>
      key.endsWith('life_time') || key === 'stats64' || key === 'expires' || key === 'txqlen' ? undefined : value,
    );
  // Those of one prefix are in the order in which their interfaces came up.
  const sorted = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.replace(/ expires \d+sec/, '').trim())
      .sort();
  return {
    links: strip(run('ip', '-j', '-d', 'link')),
    addresses: strip(run('ip', '-j', 'addr')),
    routes: ['-4', '-6'].map((family) => sorted(run('ip', family, 'route', 'show', 'table', 'all'))),
    rules: ['-4', '-6'].map((family) => strip(run('ip', '-j', family, 'rule'))),
    sysctls: run('sysctl', '-a', '--pattern', '^net\\.ipv[46]\\.(conf|neigh|ip_forward)').split('\n'),
    nftables: run('nft', 'list', 'ruleset'),
  };
}
