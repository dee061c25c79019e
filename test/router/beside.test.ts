import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import { machineState } from './machine-state.ts';
import { instance, routerNode, six } from './native.ts';
import type { RunningProgram } from './running-program.ts';

let lan: Lan;
let r1: LanNode;
beforeEach(async () => {
  lan = await buildLan();
  r1 = routerNode(lan, 1);
});
afterEach(async () => {
  await lan.close();
});

const STATICS = `static_ipaddress {
192.0.2.9/24 dev eth0
}
static_routes {
10.8.0.0/16 via 192.0.2.254
}
static_rules {
to 10.8.0.0/16 table 9 priority 99
}
`;

async function running(text: string): Promise<RunningProgram> {
  const router = lan.router(r1, text);
  await router.line(/Entering MASTER STATE/);
  await lan.pass(100);
  return router;
}

/** What tells that processes live comes and goes with them. */
function stateBeside(): Readonly<Record<string, unknown>> {
  const { nftables, ...rest } = machineState(r1);
  return { ...rest, tables: r1.run('nft', 'list', 'tables').replace(/.*vrrpbench_(lives|sysctls)_.*\n/g, '') };
}

describe('a router beside another one in a network namespace', () => {
  it.each([
    { kind: 'with a virtual MAC', lines: ['use_vmac'], addresses: ['192.0.2.101/24'], family: 'IPv4' },
    { kind: 'without', lines: [], addresses: ['192.0.2.101/24'], family: 'IPv4' },
    { kind: 'without, over IPv6', lines: [], addresses: six, family: 'IPv6' },
  ])('is refused the VRID of the other by name, $kind, and changes nothing', async ({ lines, addresses, family }) => {
    const text = STATICS + instance({ priority: 200, lines, addresses });
    const first = await running(text);
    const before = stateBeside();
    const second = lan.router(r1, text);
    await second.line(
      new RegExp(
        `cannot start: another router of this machine \\(process \\d+, "[^"]*node[^"]*"\\) runs VRID 51 over ${family} on eth0 already: stop it, or`,
      ),
    );
    expect(await second.ended).toBe(1);
    expect(stateBeside()).toEqual(before);
    expect(lan.frames.filter(({ vrrp }) => vrrp?.priority === 0)).toEqual([]);
    expect(first.lines.filter((line) => /missing/.test(line))).toEqual([]);
  });

  it('leaves the static addresses, routes and rules that the other has, to the end', async () => {
    await running(STATICS + instance({ priority: 200 }));
    const before = stateBeside();
    const second = lan.router(
      r1,
      STATICS + instance({ priority: 200 }).replace('id 51', 'id 52').replace('.101', '.102'),
    );
    await second.line(/Entering MASTER STATE/);
    await second.line(/the route to 10\.8\.0\.0\/16 is there already: it stays as it is/);
    second.signal('SIGTERM');
    expect(await second.ended).toBe(0);
    expect(stateBeside()).toEqual(before);
  });

  it('is refused a VRID that the other got by a reload, and gets one that the other gave up', async () => {
    const text = instance({ priority: 200 });
    const first = await running(text);
    const file = first.child.spawnargs[first.child.spawnargs.indexOf('-f') + 1]!;
    writeFileSync(file, text.replace('id 51', 'id 52'));
    first.signal('SIGHUP');
    await first.line(/Reload complete/);
    const refused = lan.router(r1, text.replace('id 51', 'id 52'));
    expect(await refused.ended).toBe(1);
    expect(refused.lines.join('\n')).toMatch(/runs VRID 52 over IPv4 on eth0 already/);
    await running(text.replace('.101', '.102'));
  });

  it('leaves the virtual MAC of the other to it', async () => {
    await running(instance({ priority: 200, lines: ['use_vmac'] }));
    const before = stateBeside();
    const second = lan.router(
      r1,
      STATICS + instance({ priority: 200, lines: ['use_vmac vrrp.51'] }).replace('id 51', 'id 52'),
    );
    await second.line(
      /cannot start: vrrp\.51 belongs to the router that runs as process \d+: stop it, or name another/,
    );
    expect(await second.ended).toBe(1);
    expect(stateBeside()).toEqual(before);
  });

  it('leaves what the other has, and takes away the macvlan of one that was killed', async () => {
    await running(STATICS + instance({ priority: 200, lines: ['use_vmac'] }));
    const before = stateBeside();
    const dead = lan.router(r1, instance({ priority: 200, lines: ['use_vmac'] }).replace('id 51', 'id 52'));
    await dead.line(/Entering MASTER STATE/);
    dead.signal('SIGKILL');
    await dead.ended;
    const third = lan.router(r1, instance({ priority: 200, addresses: ['192.0.2.103/24'] }).replace('id 51', 'id 53'));
    await third.line(/removing vrrp\.52, which a router left behind/);
    await third.line(/Entering MASTER STATE/);
    // By name: the time of a start, which other names end with, has any digits.
    expect(r1.run('nft', 'list', 'tables')).not.toMatch(/vrrp_52|2e52|_ipv4_52_/);
    third.signal('SIGTERM');
    expect(await third.ended).toBe(0);
    expect(stateBeside()).toEqual(before);
  });
});
