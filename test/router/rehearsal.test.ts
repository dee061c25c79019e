import { expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan } from './lan.ts';

it('rehearses takeovers before it is ready, and nothing of it reaches the LAN, the log or the counters', async () => {
  const lan = await buildLan();
  try {
    const node = lan.node('r1', ['192.0.2.1/24', 'fe80::1/64']);
    const instance = (name: string, id: number, address: string): string =>
      `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${id}\nversion 3\npriority 100\nadvert_int 10\n` +
      `use_vmac\nvirtual_ipaddress {\n${address}\n}\n}\n`;
    const router = lan.router(node, instance('V4', 51, '192.0.2.101') + instance('V6', 52, 'fe80::51'));
    await router.line(/ready: 2 virtual routers/);
    await lan.pass(200);
    expect(lan.frames.filter(({ vrrp, arp, neighbor }) => vrrp ?? arp ?? neighbor?.type === 136)).toEqual([]);
    expect(router.lines.join('\n')).not.toMatch(/MASTER|error/);
    expect(node.run('ip', '-br', 'link', 'show', 'up')).not.toContain('vrrp.');
    router.signal('SIGUSR1');
    while (!router.output().includes('\n')) await lan.pass(5);
    for (const { stats } of JSON.parse(router.output())) expect(stats).toMatchObject({ advert_sent: 0, unsent: 0 });
  } finally {
    await lan.close();
  }
});
