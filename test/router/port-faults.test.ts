import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import { advertises, instance, routerNode } from './native.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

const node = (number: number): LanNode => routerNode(lan, number);

describe('faults', () => {
  it('is in the fault state while its cable is pulled, and starts again as Backup', async () => {
    const router = lan.router(node(1), instance({ priority: 200, lines: ['use_vmac'] }));
    await lan.until('r1 is Active', advertises('r1'));
    lan.cable('r1', false);
    await router.line(/Entering FAULT STATE/);
    lan.cable('r1', true);
    await router.line(/Entering BACKUP STATE \(the fault has ended\)/);
    const count = router.lines.filter((line) => line.includes('Entering MASTER STATE')).length;
    expect(count).toBe(1);
    await lan.pass(600);
    expect(router.lines.filter((line) => line.includes('Entering MASTER STATE')).length).toBe(2);
  });

  it('hands over with priority 0 when its source address goes, and comes back with it', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const router = lan.router(r1, instance({ priority: 200, lines: ['use_vmac'] }));
    await lan.until('r1 is Active', advertises('r1'));
    r1.run('ip', 'addr', 'del', '192.0.2.1/24', 'dev', 'eth0');
    await lan.until('priority 0', advertises('r1', 0));
    await router.line(/Entering FAULT STATE \(the interface has no source address\)/);
    r1.run('ip', 'addr', 'add', '192.0.2.9/24', 'dev', 'eth0');
    await lan.until('r1 is Active again', ({ vrrp, source }) => vrrp !== undefined && source === '192.0.2.9');
  });

  it('waits for a source address', async () => {
    const r1 = lan.node('r1', []);
    const router = lan.router(r1, instance({ priority: 200, lines: ['use_vmac'] }));
    await router.line(/waits for eth0: no ipv4 source address yet/);
    r1.run('ip', 'addr', 'add', '192.0.2.1/24', 'dev', 'eth0');
    expect(await lan.until('an advertisement', advertises('r1'))).toMatchObject({ source: '192.0.2.1' });
  });
});
