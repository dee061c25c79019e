import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endingWithUs } from '../child.ts';
import { requirePeer } from '../peers.ts';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import type { SeenFrame } from './seen-frame.ts';

let lan: Lan;
let folder: string;
beforeEach(async () => {
  lan = await buildLan();
  folder = mkdtempSync(join(tmpdir(), 'vrrpbench-tracking-'));
  chmodSync(folder, 0o755);
});
afterEach(async () => {
  await lan.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Wanted {
  readonly name?: string;
  readonly id?: number;
  readonly interfaceName?: string;
  readonly priority?: number;
  readonly interval?: string;
  readonly version?: 2 | 3;
}

/** A vrrp_instance; version 3 at 100 ms unless told. */
function instance(
  lines: readonly string[],
  { name = 'VI', id = 51, interfaceName = 'eth0', priority = 100, interval = '0.1', version = 3 }: Wanted = {},
): string {
  const usual = [
    `interface ${interfaceName}`,
    `virtual_router_id ${id}`,
    `version ${version}`,
    `advert_int ${interval}`,
  ];
  const body = [...usual, `priority ${priority}`, 'garp_master_delay 0', ...lines];
  return `vrrp_instance ${name} {\n${body.join('\n')}\nvirtual_ipaddress {\n192.0.2.${id + 50}\n}\n}\n`;
}

const advertises =
  (name: string, priority: number, id = 51) =>
  (frame: SeenFrame) =>
    frame.node === name && frame.vrrp?.virtualRouterId === id && frame.vrrp.priority === priority;

function node(number = 1): LanNode {
  return lan.node(`r${number}`, [`192.0.2.${number}/24`]);
}

function fileNamed(name: string, text: string, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
}

async function linesOf(path: string, count: number): Promise<string[]> {
  for (let turn = 0; turn < 600; turn += 1) {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    if (lines.length >= count) return lines;
    await lan.pass(25);
  }
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

describe('tracking', () => {
  it('adds the number in a file to the priority, at the next advertisement', async () => {
    const file = fileNamed('value', '0\n');
    const text = `track_file f {\nfile ${file}\nweight 2\n}\n${instance(['track_file {\nf\n}'])}`;
    const router = lan.router(node(), text);
    await lan.until('r1 is Active', advertises('r1', 100));
    writeFileSync(file, '20\n');
    await lan.until('more', advertises('r1', 140));
    await router.line(/Changing effective priority from 100 to 140/);
    writeFileSync(file, '-127\n');
    await lan.until('a fault tells the others', advertises('r1', 0));
    await router.line(/Entering FAULT STATE \(track_file f says -127\)/);
    rmSync(file);
    await router.line(/Entering BACKUP STATE \(the fault has ended\)/);
    const times = lan.frames.filter(({ vrrp }) => (vrrp?.priority ?? 0) > 0).map(({ timeNs }) => timeNs);
    const gaps = times.slice(1).map((timeNs, index) => (timeNs - times[index]!) / 1e6);
    // The beat goes on while the priority changes.
    for (const gap of gaps) expect(gap).toBeLessThan(190);
  });

  it('follows another interface: a fault, and back, by one event of netlink', async () => {
    const r1 = node();
    r1.run('ip', 'link', 'add', 'uplink', 'type', 'veth', 'peer', 'name', 'far');
    r1.run('ip', 'link', 'set', 'uplink', 'up');
    const router = lan.router(r1, instance(['track_interface {\nuplink\n}']));
    await router.line(/Entering FAULT STATE \(track_interface uplink fails\)/);
    r1.run('ip', 'link', 'set', 'far', 'up');
    await lan.until('r1 is Active', advertises('r1', 100));
    r1.run('ip', 'link', 'del', 'far');
    await lan.until('priority 0', advertises('r1', 0));
  });

  it('runs scripts: rise and fall are counted, weights added, one that hangs is ended', async () => {
    const flag = fileNamed('flag', 'ok');
    const check = fileNamed(
      'check.sh',
      `#!/bin/sh\nread state < ${flag}\n[ $state = hang ] && exec sleep 1000\n[ $state = ok ]\n`,
    );
    writeFileSync(flag, 'ok\n');
    const script = `vrrp_script s {\nscript ${check}\ninterval 0.1\ntimeout 0.3\nfall 2\nweight -30\n}\n`;
    const router = lan.router(node(), script + instance(['track_script {\ns\n}']));
    await lan.until('r1 is Active', advertises('r1', 100));
    writeFileSync(flag, 'bad\n');
    await lan.until('less', advertises('r1', 70));
    await router.line(/vrrp_script s failed: it exited with status 1/);
    writeFileSync(flag, 'ok\n');
    await router.line(/Changing effective priority from 70 to 100/);
    writeFileSync(flag, 'hang\n');
    await router.line(/vrrp_script s took too long/);
    const changes = () => router.lines.filter((line) => line.includes('from 100 to 70')).length;
    while (changes() < 2) await lan.pass(50);
    router.signal('SIGTERM');
    await router.ended;
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(check);
  });

  it('is not in the election before a script that decides has ended for the first time', async () => {
    const check = fileNamed('check.sh', '#!/bin/sh\nexit 1\n');
    const router = lan.router(node(), `vrrp_script s {\nscript ${check}\n}\n${instance(['track_script {\ns\n}'])}`);
    await router.line(/Entering FAULT STATE \(track_script s fails\)/);
    expect(lan.frames.filter(({ vrrp }) => vrrp !== undefined)).toEqual([]);
  });

  it('counts processes', async () => {
    const program = fileNamed('vb-tracked', '');
    execFileSync('cp', [execFileSync('which', ['sleep'], { encoding: 'utf8' }).trim(), program]);
    const definition = 'vrrp_track_process p {\nprocess vb-tracked\nweight 10\n}\n';
    lan.router(node(), definition + instance(['track_process {\np\n}']));
    await lan.until('r1 is Active', advertises('r1', 100));
    const child = spawn(...endingWithUs(program, ['60']));
    await lan.until('more', advertises('r1', 110));
    child.kill('SIGKILL');
    const since = lan.frames.length;
    await lan.until('less again', (frame) => lan.frames.indexOf(frame) >= since && advertises('r1', 100)(frame));
  });
});

describe('sync groups', () => {
  const group = (lines = ''): string => `vrrp_sync_group G {\ngroup {\nA\nB\n}\n${lines}\n}\n`;

  /** Both interfaces are on the LAN's bridge; the second is a LAN of its own by its VRID. */
  function members(priority: number): string {
    const lines = ['use_vmac'];
    return (
      instance(lines, { name: 'A', id: 51, priority }) +
      instance(lines, { name: 'B', id: 52, interfaceName: 'eth1', priority })
    );
  }

  /** A node on two LANs: eth0 on the bridge that is seen, eth1 on a cable to the other router. */
  function two(): readonly [LanNode, LanNode] {
    const [r1, r2] = [node(1), node(2)];
    r1.run('ip', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'eth1', 'netns', r2.namespace.path);
    for (const [index, r] of [r1, r2].entries()) {
      r.run('ip', 'link', 'set', 'eth1', 'up');
      r.run('ip', 'addr', 'add', `198.51.100.${index + 1}/24`, 'dev', 'eth1');
    }
    return [r1, r2];
  }

  it('members take over together, and fail together', async () => {
    const [r1, r2] = two();
    const first = lan.router(r1, group() + members(200));
    await first.line(/\(B\) Entering MASTER STATE/);
    await first.line(/\(A\) Entering MASTER STATE/);
    const second = lan.router(r2, group() + members(100));
    await second.line(/ready/);
    await lan.pass(600);
    expect(second.lines.join('\n')).not.toContain('MASTER');
    lan.cable('r1', false);
    await first.line(/\(A\) Entering FAULT STATE/);
    await first.line(/\(B\) Entering FAULT STATE \(A of its group is in fault\)/);
    await second.line(/\(A\) Entering MASTER STATE/);
    await second.line(/\(B\) Entering MASTER STATE/);
    lan.cable('r1', true);
    const active = (name: string) => first.lines.filter((line) => line.includes(`(${name}) Entering MASTER`)).length;
    while (active('A') < 2 || active('B') < 2) await lan.pass(50);
    await second.line(/\(A\) Entering BACKUP STATE \((received|another)/);
    await second.line(/\(B\) Entering BACKUP STATE \((received|another)/);
  });

  it('no member takes over while another still hears its Active router', async () => {
    const [r1, r2] = two();
    const first = lan.router(r1, instance([], { name: 'B', id: 52, interfaceName: 'eth1', priority: 200 }));
    await first.line(/Entering MASTER STATE/);
    const second = lan.router(r2, group() + members(100));
    await second.line(/ready/);
    await lan.pass(1000);
    expect(second.lines.join('\n')).not.toContain('MASTER');
    first.signal('SIGTERM');
    await second.line(/\(A\) Entering MASTER STATE/);
    await second.line(/\(B\) Entering MASTER STATE/);
  });
});

describe('the notify FIFO', () => {
  function configuration(fifo: string, file: string): string {
    const global = `global_defs {\nscript_user root\nvrrp_notify_fifo ${fifo}\nvrrp_notify_priority_changes\n}\n`;
    const lines = ['state BACKUP', 'track_file {\nf\n}'];
    return `${global}track_file f {\nfile ${file}\n}\n${instance(lines, { version: 2, interval: '1' })}`;
  }

  /** Raises the priority of the Active router, makes it fail, and ends it: what the FIFO's reader gets. */
  async function told(start: (text: string) => ReturnType<Lan['router']>, name: string): Promise<string[]> {
    const value = fileNamed(`${name}-value`, '0\n');
    const output = fileNamed(`${name}-output`, '');
    const fifo = join(folder, `${name}-fifo`);
    execFileSync('mkfifo', [fifo]);
    const reader = spawn(...endingWithUs('sh', ['-c', `exec cat ${fifo} >> ${output}`]));
    const program = start(configuration(fifo, value));
    await linesOf(output, 2);
    writeFileSync(value, '20\n');
    await linesOf(output, 3);
    writeFileSync(value, '-254\n');
    await linesOf(output, 4);
    program.signal('SIGTERM');
    await program.ended;
    const lines = await linesOf(output, 5);
    reader.kill('SIGKILL');
    return lines;
  }

  it.runIf(requirePeer('keepalived'))(
    'gets the lines that keepalived writes',
    async () => {
      const [r1, r2] = [lan.node('r1', ['192.0.2.1/24']), lan.node('r2', ['192.0.2.2/24'])];
      lan.cable('r2', true);
      const ours = await told((text) => lan.router(r1, text), 'ours');
      const theirs = await told((text) => lan.keepalived(r2, text), 'theirs');
      expect(ours).toEqual([
        'INSTANCE "VI" BACKUP 100',
        'INSTANCE "VI" MASTER 100',
        'INSTANCE "VI" MASTER_PRIORITY 120',
        'INSTANCE "VI" FAULT 120',
        'INSTANCE "VI" STOP 120',
      ]);
      expect(ours).toEqual(theirs);
    },
    60_000,
  );

  it('is made and taken away, its script is started with it; a pipe that nobody reads holds up nothing', async () => {
    const fifo = join(folder, 'made');
    const output = fileNamed('output', '');
    const reader = fileNamed('reader.sh', `#!/bin/sh\ncat "$2" >> ${output}\n`);
    const global = `global_defs {\nvrrp_notify_fifo ${fifo}\nvrrp_notify_fifo_script "${reader} first"\nnotify_fifo ${fifo}2\n}\n`;
    const router = lan.router(node(), global + instance([]));
    await linesOf(output, 2);
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(execFileSync('ls', [folder], { encoding: 'utf8' })).not.toContain('made');
    expect(readFileSync(output, 'utf8')).toContain('INSTANCE "VI" MASTER 100\n');
  });
});
