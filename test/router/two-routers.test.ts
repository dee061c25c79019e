import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import {
  advertises,
  instance,
  MILLISECOND,
  routerNode,
  six,
  stateOf,
  VIRTUAL_MAC,
  VIRTUAL_MAC_6,
  type Wanted,
} from './native.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

const node = (number: number): LanNode => routerNode(lan, number);

describe('two routers', () => {
  async function twoRouters(lines: readonly string[], addresses?: readonly string[]) {
    const nodes = [node(1), node(2)] as const;
    const wanted = (priority: number): Wanted => ({
      priority,
      lines,
      ...(addresses === undefined ? {} : { addresses }),
    });
    const first = lan.router(nodes[0], instance(wanted(200)));
    await lan.until('r1 is Active', advertises('r1'));
    const second = lan.router(nodes[1], instance(wanted(100)));
    await second.line(/ready/);
    return { nodes, first, second };
  }

  it.each([
    ['IPv4', undefined],
    ['IPv6', six],
  ])('takes over when the Active router is silent, in the time of the RFC: %s', async (_, addresses) => {
    const { first } = await twoRouters(['use_vmac'], addresses);
    await lan.pass(500);
    expect(lan.frames.filter(advertises('r2'))).toEqual([]);
    first.signal('SIGKILL');
    const taken = await lan.until('r2 takes over', advertises('r2'));
    const last = lan.frames.filter(advertises('r1')).at(-1)!;
    const elapsedMs = (taken.timeNs - last.timeNs) / MILLISECOND;
    // 3 intervals and (256 - 100) / 256 of one.
    expect(elapsedMs).toBeGreaterThan(360.9 - 1);
    expect(elapsedMs).toBeLessThan(360.9 + 60);
  });

  it('hands over gracefully: priority 0, then the other after its skew, then nothing of the first', async () => {
    const { nodes, first } = await twoRouters(['use_vmac']);
    first.signal('SIGTERM');
    const farewell = await lan.until('priority 0', advertises('r1', 0));
    const taken = await lan.until('r2 takes over', advertises('r2'));
    const elapsedMs = (taken.timeNs - farewell.timeNs) / MILLISECOND;
    expect(elapsedMs).toBeGreaterThan(60.9 - 1);
    expect(elapsedMs).toBeLessThan(60.9 + 60);
    expect(await first.ended).toBe(0);
    await lan.pass(200);
    expect(lan.frames.filter(advertises('r1')).at(-1)).toBe(farewell);
    expect(nodes[0].run('ip', 'link')).not.toContain('vrrp');
    expect(lan.portOf(VIRTUAL_MAC)).toBe('r2');
  });

  it('sends nothing from the virtual MAC while Backup, and the Active router’s port keeps it', async () => {
    const { nodes } = await twoRouters(['use_vmac']);
    const host = lan.node('h', ['192.0.2.50/24']);
    await lan.pass(800);
    expect(host.run('ping', '-c', '2', '-i', '0.2', '192.0.2.101')).toContain(' 0% packet loss');
    expect(host.run('ip', 'neigh', 'show', '192.0.2.101')).toContain(VIRTUAL_MAC);
    await lan.pass(20);
    expect(lan.frames.filter(({ node: name, sourceMac }) => name === 'r2' && sourceMac === VIRTUAL_MAC)).toEqual([]);
    const answers = lan.frames.filter(({ arp }) => arp?.operation === 2 && arp.sender === '192.0.2.101');
    expect(answers.map((frame) => [frame.node, frame.sourceMac, frame.arp?.senderMac])).toEqual([
      ['r1', VIRTUAL_MAC, VIRTUAL_MAC],
    ]);
    expect(lan.portOf(VIRTUAL_MAC)).toBe('r1');
    expect(nodes[1].run('ip', 'link', 'show', 'dev', 'vrrp.51')).toContain('state DOWN');
  });

  it('never names a virtual address with the physical MAC, whatever the mask', async () => {
    const { nodes } = await twoRouters(['use_vmac']);
    const host = lan.node('h', ['192.0.2.50/24']);
    nodes[0].run('ping', '-c', '1', '-I', '192.0.2.101', '192.0.2.50');
    expect(host.run('ip', 'neigh', 'show', '192.0.2.101')).toContain(VIRTUAL_MAC);
    await lan.pass(20);
    for (const { arp } of lan.frames) if (arp?.sender === '192.0.2.101') expect(arp.senderMac).toBe(VIRTUAL_MAC);
  });

  it('answers solicitations with the virtual MAC and the Router flag', async () => {
    await twoRouters(['use_vmac'], six);
    const host = lan.node('h', ['2001:db8::50/64', 'fe80::50/64']);
    expect(host.run('ping', '-c', '1', '2001:db8::51')).toContain(' 0% packet loss');
    expect(host.run('ping', '-c', '1', 'fe80::51%eth0')).toContain(' 0% packet loss');
    expect(host.run('ip', 'neigh', 'show', '2001:db8::51')).toContain(`${VIRTUAL_MAC_6} router`);
    await lan.pass(20);
    const answers = lan.frames.filter(
      ({ neighbor }) => neighbor?.type === 136 && neighbor.solicited && neighbor.target.endsWith('::51'),
    );
    expect(answers.length).toBeGreaterThan(0);
    for (const { neighbor } of answers) expect(neighbor).toMatchObject({ linkLayer: VIRTUAL_MAC_6, router: true });
  });

  it('yields to a higher priority, and takes its addresses away', async () => {
    const low = node(1);
    const router = lan.router(low, instance({ priority: 100, lines: ['use_vmac'] }));
    await lan.until('r1 is Active', advertises('r1'));
    lan.router(node(2), instance({ priority: 200, lines: ['use_vmac'] }));
    const taken = await lan.until('r2 preempts', advertises('r2'));
    await router.line(/Entering BACKUP STATE \(received an advertisement with higher priority\)/);
    await lan.pass(300);
    const late = lan.frames.filter(
      (frame) => advertises('r1')(frame) && frame.timeNs > taken.timeNs + 10 * MILLISECOND,
    );
    expect(late).toEqual([]);
    const shown = low.run('ip', 'addr', 'show', 'dev', 'vrrp.51');
    expect(shown).toContain('state DOWN');
    expect(shown).not.toContain('inet ');
    expect(lan.portOf(VIRTUAL_MAC)).toBe('r2');
    // The kernel would answer the new Active router's gratuitous ARP, and move the virtual MAC to the wrong port.
    expect(lan.frames.filter(({ arp }) => arp?.operation === 2)).toEqual([]);
  });

  it('accepts no packets to a virtual address where it is told not to, and resolves it all the same', async () => {
    const r1 = node(1);
    const host = lan.node('h', ['192.0.2.50/24', '2001:db8::50/64', 'fe80::50/64']);
    const before = stateOf(r1);
    const text = `${instance({ priority: 200, lines: ['use_vmac', 'no_accept'] })}${instance({ priority: 200, lines: ['use_vmac', 'no_accept'], addresses: six }).replace('VI', 'V6')}`;
    const router = lan.router(r1, text);
    await lan.until('IPv4 is Active', ({ arp }) => arp !== undefined);
    await lan.until('IPv6 is Active', ({ neighbor }) => neighbor?.type === 136);
    for (const address of ['192.0.2.101', '2001:db8::51', 'fe80::51%eth0']) {
      expect(() => host.run('ping', '-c', '1', '-W', '0.3', address)).toThrow();
    }
    expect(host.run('ping', '-c', '1', '192.0.2.1')).toContain(' 0% packet loss');
    expect(host.run('ip', 'neigh', 'show', '192.0.2.101')).toContain(VIRTUAL_MAC);
    expect(host.run('ip', 'neigh', 'show', '2001:db8::51')).toContain(`${VIRTUAL_MAC_6} router`);
    expect(r1.run('nft', 'list', 'ruleset')).toContain('192.0.2.101 drop');
    router.signal('SIGTERM');
    await router.ended;
    expect(r1.run('nft', 'list', 'ruleset')).toBe('');
    expect(stateOf(r1)).toEqual(before);
  });

  it('forwards nothing to an IPv6 virtual address that its kernel does not know yet', async () => {
    const r1 = node(1);
    r1.run('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1');
    const host = lan.node('h', ['2001:db8::50/64']);
    const router = lan.router(r1, instance({ priority: 200, lines: ['use_vmac'], addresses: six }));
    await lan.until('r1 is Active', ({ neighbor }) => neighbor?.type === 136);
    // As for a moment while the link goes up. Nobody puts the address back.
    router.signal('SIGSTOP');
    r1.run('ip', '-6', 'address', 'flush', 'to', '2001:db8::51', 'dev', 'vrrp.51');
    host.run('ip', 'neighbour', 'replace', '2001:db8::51', 'lladdr', VIRTUAL_MAC_6, 'dev', 'eth0');
    lan.forget();
    expect(() => host.run('ping', '-c', '3', '-i', '0.01', '-W', '0.3', '2001:db8::51')).toThrow();
    router.signal('SIGCONT');
    await lan.pass(20);
    // It would ask for the address before it forwards.
    const asks = lan.frames.filter(({ node: name, neighbor }) => name === 'r1' && neighbor?.type === 135);
    expect(asks).toEqual([]);
  });

  it('leaves a lower router Active where preemption is off', async () => {
    lan.router(node(1), instance({ priority: 100, lines: ['use_vmac'] }));
    await lan.until('r1 is Active', advertises('r1'));
    const second = lan.router(node(2), instance({ priority: 200, lines: ['use_vmac', 'nopreempt'] }));
    await second.line(/ready/);
    await lan.pass(700);
    expect(lan.frames.filter(advertises('r2'))).toEqual([]);
  });
});
