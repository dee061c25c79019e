import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requirePeer } from '../peers.ts';
import './needs-lan.ts';
import { buildLan, type Lan } from './lan.ts';
import type { SeenFrame } from './seen-frame.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

interface Variant {
  readonly name: string;
  readonly version: 2 | 3;
  readonly interval: string;
  readonly addresses: readonly string[];
}

const variants: readonly Variant[] = [
  { name: 'version 2', version: 2, interval: '1', addresses: ['192.0.2.101/24'] },
  { name: 'version 3, IPv4', version: 3, interval: '0.2', addresses: ['192.0.2.101/24'] },
  { name: 'version 3, IPv6', version: 3, interval: '0.2', addresses: ['fe80::51/64', '2001:db8::51/64'] },
];

function configuration({ version, interval, addresses }: Variant, priority: number): string {
  return `vrrp_instance VI {
    state BACKUP
    interface eth0
    virtual_router_id 51
    version ${version}
    priority ${priority}
    advert_int ${interval}
    use_vmac vrrp.51
    virtual_ipaddress {
${addresses.map((address) => `        ${address}`).join('\n')}
    }
}
`;
}

const advertises =
  (name: string, since = 0) =>
  (frame: SeenFrame) =>
    frame.node === name && frame.vrrp !== undefined && frame.timeNs > since;

describe.runIf(requirePeer('keepalived'))('with keepalived on the same LAN', () => {
  function nodes() {
    return [1, 2].map((number) =>
      lan.node(`r${number}`, [`192.0.2.${number}/24`, `fe80::${number}/64`, `2001:db8::${number}/64`]),
    );
  }

  it.each(variants)(
    'takes over from keepalived, and yields when it returns: $name',
    async (variant) => {
      const [native, other] = nodes();
      const keepalived = lan.keepalived(other!, configuration(variant, 200));
      await lan.until('keepalived is Active', advertises('r2'), 15_000);
      const router = lan.router(native!, configuration(variant, 100));
      await router.line(/ready/);
      await lan.pass(1500);
      expect(lan.frames.filter(advertises('r1'))).toEqual([]);
      keepalived.signal('SIGTERM');
      const taken = await lan.until('the native router takes over', advertises('r1'));
      await router.line(/received 0 priority/);
      await keepalived.ended;
      lan.keepalived(other!, configuration(variant, 200));
      const returned = await lan.until('keepalived preempts', advertises('r2', taken.timeNs), 15_000);
      await router.line(/Entering BACKUP STATE \(received an advertisement with higher priority\)/);
      await lan.pass(1200);
      expect(lan.frames.filter(advertises('r1', returned.timeNs + 10_000_000))).toEqual([]);
      expect(router.lines.join('\n')).not.toContain('discarded');
    },
    60_000,
  );

  it.each(variants)(
    'keeps keepalived Backup, and hands over to it: $name',
    async (variant) => {
      const [native, other] = nodes();
      const router = lan.router(native!, configuration(variant, 200));
      await lan.until('the native router is Active', advertises('r1'), 15_000);
      const keepalived = lan.keepalived(other!, configuration(variant, 100));
      await lan.pass(variant.version === 2 ? 4500 : 2000);
      expect(lan.frames.filter(advertises('r2'))).toEqual([]);
      router.signal('SIGTERM');
      expect(await router.ended).toBe(0);
      await lan.until('keepalived takes over', advertises('r2'));
      expect(keepalived.lines.join('\n')).not.toMatch(/checksum|invalid|Bogus/i);
    },
    60_000,
  );

  it('does not hear a native router that follows RFC 9568 over IPv4: its checksum of version 3 is another', async () => {
    const [native, other] = nodes();
    const variant = variants[1]!;
    lan.router(native!, configuration(variant, 200), ['--rfc', '9568']);
    await lan.until('the native router is Active', advertises('r1'), 15_000);
    const keepalived = lan.keepalived(other!, configuration(variant, 100));
    await keepalived.line(/Invalid VRRPv3 checksum/);
    await lan.until('keepalived takes itself for the only router', advertises('r2'));
  }, 60_000);

  it('is heard where the native router follows RFC 9568', async () => {
    const [native, other] = nodes();
    const variant = variants[1]!;
    const keepalived = lan.keepalived(other!, configuration(variant, 200));
    await lan.until('keepalived is Active', advertises('r2'), 15_000);
    const router = lan.router(native!, configuration(variant, 100), ['--rfc', '9568']);
    await router.line(/ready/);
    await lan.pass(1500);
    expect(lan.frames.filter(advertises('r1'))).toEqual([]);
    expect(router.lines.join('\n')).not.toContain('discarded');
    keepalived.signal('SIGTERM');
    await lan.until('the native router takes over', advertises('r1'));
  }, 60_000);
});
