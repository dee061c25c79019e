import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { VirtualRouterIntent } from '../../src/capture/intent.ts';
import { keepalivedConfiguration } from '../../src/config/keepalived-text.ts';
import { filesOnDisk, loadConfiguration } from '../../src/config/load.ts';
import { parseConfiguration } from '../../src/config/parse.ts';

const intent: VirtualRouterIntent = {
  router: 'r1',
  lan: 'lan1',
  virtualRouterId: 51,
  version: 3,
  family: 'ipv4',
  priority: 200,
  advertisementIntervalNs: 10_000_000,
  preempt: false,
  preemptDelayNs: 1_500_000_000,
  downTimerAdvertisements: 4,
  acceptMode: true,
  addresses: ['192.0.2.101', '192.0.2.102'],
  virtualMac: true,
  transmitOnBase: true,
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('the configuration that is written for a router', () => {
  it('reads back as what was meant', () => {
    const six: VirtualRouterIntent = { ...intent, family: 'ipv6', addresses: ['fe80::51', '2001:db8::1'] };
    const text = keepalivedConfiguration('r1', [intent, six], {
      prefixLengths: { ipv4: 24, ipv6: 64 },
      globalLines: ['vrrp_garp_master_repeat 1'],
    });
    const result = parseConfiguration(text, { file: 'k.conf', files: filesOnDisk });
    expect(result).toMatchObject({ ok: true, notices: [] });
    expect(result.ok && result.configuration.virtualRouters).toMatchObject([
      {
        interfaceName: 'eth0',
        virtualRouterId: 51,
        version: 3,
        priority: 200,
        advertisementIntervalNs: 10_000_000,
        preempt: false,
        preemptDelayNs: 1_500_000_000,
        downTimerAdvertisements: 4,
        acceptMode: true,
        virtualMac: { interfaceName: 'vrrp.51', transmitOnBase: true },
        addresses: [{ address: '192.0.2.101', prefixLength: 24 }, { address: '192.0.2.102' }],
        announcements: { repeat: 1 },
      },
      { family: 'ipv6', virtualMac: { interfaceName: 'vrrp6.51', macAddress: '00:00:5e:00:02:33' } },
    ]);
  });
});

describe('a configuration on disk', () => {
  it('follows wildcards and braces of include, in order', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-config-'));
    folders.push(folder);
    writeFileSync(join(folder, 'k.conf'), 'include conf-[ab]*.conf\ninclude {x,y}.conf\ninclude z*.conf\n');
    for (const [index, name] of ['conf-b', 'conf-a', 'x', 'y'].entries()) {
      const text = `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${index + 1}\nvirtual_ipaddress { 192.0.2.${index + 1} }\n}\n`;
      writeFileSync(join(folder, `${name}.conf`), text);
    }
    const result = loadConfiguration(join(folder, 'k.conf'));
    expect(result.ok && result.configuration.virtualRouters.map(({ name }) => name)).toEqual([
      'conf-a',
      'conf-b',
      'x',
      'y',
    ]);
    expect(result.notices.map(({ line, message }) => [line, message])).toEqual([
      [3, 'include z*.conf: no file matches'],
    ]);
  });

  it('says when it cannot be read', () => {
    const result = loadConfiguration('/nowhere/k.conf');
    expect(result.ok ? '' : result.errors[0]!.message).toMatch(/^the configuration cannot be read: ENOENT/);
  });
});
