import { describe, expect, it } from 'vitest';
import type { ConfigurationResult, RouterConfiguration } from '../../src/config/configuration.ts';
import { parseConfiguration } from '../../src/config/parse.ts';
import { describeConfigurationError } from '../../src/config/problem.ts';

const noFiles = {
  read(): string {
    throw new Error('no such file');
  },
  match: () => [],
};

function parse(text: string): ConfigurationResult {
  return parseConfiguration(text, { file: 'k.conf', files: noFiles });
}

function read(text: string): RouterConfiguration {
  const result = parse(text);
  if (!result.ok) throw new Error(result.errors.map(describeConfigurationError).join('\n'));
  return result.configuration;
}

function errors(text: string): string[] {
  const result = parse(text);
  return result.ok ? [] : result.errors.map(describeConfigurationError);
}

const instance = (name: string, ...lines: string[]): string =>
  `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${name.charCodeAt(0)}\n${lines.join('\n')}\nvirtual_ipaddress { 192.0.2.${name.charCodeAt(0)} }\n}\n`;

describe('tracking', () => {
  it('takes the weight of the entry, then of the definition, then keepalived’s default', () => {
    const definitions =
      'vrrp_script s { script "/bin/check now"\nweight -20 reverse }\ntrack_file f { file /run/f }\nvrrp_track_process p { process haproxy }\n';
    const text = instance(
      'A',
      'track_interface {\neth1\neth2 weight -5 reverse\n}',
      'track_script {\ns\n}',
      'track_file {\nf weight 3\n}',
      'track_process {\np\n}',
    );
    const { virtualRouters, trackScripts } = read(definitions + text);
    const strip = (list: readonly object[]): unknown => list.map((one) => ({ ...one, file: '', line: 0, column: 0 }));
    const placeless = { file: '', line: 0, column: 0 };
    expect(strip(virtualRouters[0]!.tracking.interfaces)).toEqual([
      { ...placeless, name: 'eth1', weight: 0, reverse: false },
      { ...placeless, name: 'eth2', weight: -5, reverse: true },
    ]);
    expect(virtualRouters[0]!.tracking).toMatchObject({
      scripts: [{ name: 's', weight: -20, reverse: true }],
      files: [{ name: 'f', weight: 3, reverse: false }],
      processes: [{ name: 'p', weight: 1, reverse: false }],
    });
    expect(trackScripts).toMatchObject([
      { intervalNs: 1e9, timeoutNs: 1e9, rise: 1, fall: 1, initiallyFailed: false, script: { arguments: ['now'] } },
    ]);
  });

  it('leaves out what nobody tracks, as keepalived runs no such script', () => {
    expect(read(`vrrp_script s { script /bin/true }\n${instance('A')}`).trackScripts).toEqual([]);
  });

  it.each([
    [
      'vrrp_script s { interval 1 }\n',
      'k.conf:1:13: vrrp_script s needs script (add script "/path/to/script arguments")',
    ],
    ['track_file f { weight 1 }\n', 'k.conf:1:12: track_file f needs file (add file "/path/to/file")'],
    ['vrrp_track_process p { quorum 1 }\n', 'k.conf:1:20: vrrp_track_process p needs process (add process NAME)'],
    ['vrrp_script s { script /bin/true\nuser a b c }\n', 'k.conf:2:10: "c" is one value too many for user (remove it)'],
    [
      'global_defs {\nvrrp_notify_fifo_script /bin/reader\n}\n',
      'k.conf:2:25: vrrp_notify_fifo_script needs vrrp_notify_fifo (add vrrp_notify_fifo /path/to/fifo)',
    ],
  ])('names what is wrong: %j', (text, error) => {
    expect(errors(text + instance('A'))).toEqual([error]);
  });
});

describe('sync groups', () => {
  const file = 'track_file f { file /run/f\nweight 2 }\n';

  it('gives the group’s tracking to its members, and takes the weights of their own away', () => {
    const text = `${file}vrrp_sync_group G {\ngroup {\nA\nB\n}\ntrack_file {\nf weight 7\n}\n}\n${instance('A', 'track_file {\nf\n}')}${instance('B')}`;
    const result = parse(text);
    expect(result.notices.map(describeConfigurationError)).toEqual([
      'k.conf:16:1: the weight of f counts as 0 in vrrp_sync_group G: the members have one priority',
    ]);
    const { syncGroups, virtualRouters } = read(text);
    expect(syncGroups).toMatchObject([{ name: 'G', members: ['A', 'B'] }]);
    expect(virtualRouters.map(({ tracking }) => tracking.files.map(({ weight }) => weight))).toEqual([[0, 7], [7]]);
    const weighted = read(text.replace('track_file {\nf weight', 'global_tracking\ntrack_file {\nf weight'));
    expect(weighted.virtualRouters[0]!.tracking.files.map(({ weight }) => weight)).toEqual([2, 7]);
  });

  it.each([
    ['group {\nX\n}', 'k.conf:3:1: there is no vrrp_instance "X" (correct the name, or remove it)'],
    ['', 'k.conf:1:17: vrrp_sync_group G needs members (add group { INSTANCE … })'],
    [
      'group {\nA\n}\n}\nvrrp_sync_group H {\ngroup {\nA\n}',
      'k.conf:8:1: "A" is in vrrp_sync_group G already (an instance is in one group)',
    ],
  ])('names what is wrong: %j', (body, error) => {
    expect(errors(`vrrp_sync_group G {\n${body}\n}\n${instance('A')}`)).toEqual([error]);
  });
});
