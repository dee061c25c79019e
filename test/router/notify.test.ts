import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPacketSocket, type PacketSocket } from '../../src/linux/packet-socket.ts';
import { advertisementFrame } from '../../src/wire/build-advertisement.ts';
import './needs-lan.ts';
import { buildLan, type Lan } from './lan.ts';
import { type RunningProgram, raise } from './running-program.ts';

/** Scripts of one virtual router that run at the same time. */
const MOST_SCRIPTS = 16;

let lan: Lan;
let folder: string;
beforeEach(async () => {
  lan = await buildLan();
  folder = mkdtempSync(join(tmpdir(), 'vrrpbench-notify-'));
});
afterEach(async () => {
  await lan.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A router of VRID 51 and priority 100 at 10 ms, whose scripts run as root. */
function start(lines: readonly string[], globalLines: readonly string[] = [], blocks = ''): RunningProgram {
  const usual = ['interface eth0', 'virtual_router_id 51', 'version 3', 'advert_int 0.01', 'priority 100'];
  const body = [...usual, 'garp_master_delay 0', 'garp_master_repeat 1', ...lines].join('\n');
  const text = `${blocks}global_defs {\nscript_user root\n${globalLines.join('\n')}\n}\nvrrp_instance VI {\n${body}\nvirtual_ipaddress {\n192.0.2.101\n}\n}\n`;
  return lan.router(lan.node('r1', ['192.0.2.1/24']), text);
}

function createTester(): { send(priority: number): void } {
  const tester = lan.node('tester', []);
  const link = tester.route.indexOf('eth0');
  const socket: PacketSocket = openPacketSocket({ namespace: tester.namespace, interfaceIndex: link, protocol: 0 });
  const usual = { version: 3, virtualRouterId: 51, interval: 1, source: '192.0.2.250', addresses: ['192.0.2.101'] };
  return { send: (priority) => socket.send(advertisementFrame({ ...usual, priority }), link) };
}

function script(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await lan.pass(5);
}

describe('notify_master_rx_lower_pri', () => {
  it('runs its script, and tells the FIFO, when an Active router hears a lower priority', async () => {
    const log = join(folder, 'log');
    const fifo = join(folder, 'fifo');
    const path = script('lower', `echo "$@" >> ${log}`);
    const router = start([`notify_master_rx_lower_pri "${path} of mine"`], [`notify_fifo ${fifo}`]);
    await router.line(/Entering MASTER STATE/);
    const tester = createTester();
    expect(linesOf(log)).toEqual([]);
    tester.send(50);
    await until(() => linesOf(log).length > 0);
    expect(linesOf(log)).toEqual(['of mine']);
    const told = lan.fabric.run('sh', '-c', `timeout 0.5 cat ${fifo}; true`).trim().split('\n');
    expect(told).toEqual(['BACKUP', 'MASTER', 'MASTER_RX_LOWER_PRI'].map((what) => `INSTANCE "VI" ${what} 100`));
  });

  it('does not run for a higher priority, nor for priority 0', async () => {
    const log = join(folder, 'log');
    const router = start([`notify_master_rx_lower_pri ${script('lower', `echo lower >> ${log}`)}`]);
    await router.line(/Entering MASTER STATE/);
    const tester = createTester();
    tester.send(0);
    tester.send(200);
    await router.line(/Entering BACKUP STATE \(received/);
    await lan.pass(200);
    expect(linesOf(log)).toEqual([]);
  });

  it('runs at most ten times a second, however many come', async () => {
    const log = join(folder, 'log');
    const router = start([`notify_master_rx_lower_pri ${script('lower', `echo lower >> ${log}`)}`]);
    await router.line(/Entering MASTER STATE/);
    const tester = createTester();
    const begin = performance.now();
    while (performance.now() - begin < 1000) {
      for (let sent = 0; sent < 10; sent += 1) tester.send(50);
      await lan.pass(2);
    }
    const elapsedMs = performance.now() - begin;
    await lan.pass(100);
    expect(linesOf(log).length).toBeGreaterThan(2);
    expect(linesOf(log).length).toBeLessThanOrEqual(Math.ceil(elapsedMs / 100) + 1);
  });
});

describe('scripts', () => {
  it('run as whom they name', async () => {
    const log = join(folder, 'log');
    writeFileSync(log, '');
    chmodSync(log, 0o666);
    chmodSync(folder, 0o755);
    start([`notify_master "${script('who', `id >> ${log}`)}" nobody`]);
    await until(() => linesOf(log)[0] !== '');
    expect(linesOf(log)[0]).toMatch(/^uid=\d+\(nobody\) gid=(\d+\(\w+\)) groups=\1$/);
  });

  it('hold up no advertisement while they are started', async () => {
    const track = 'vrrp_script often {\nscript "/bin/true"\ninterval 0.05\nweight 2\n}\n';
    const router = start(['track_script {\noften\n}'], [], track);
    await router.line(/Entering MASTER STATE/);
    raise(router);
    await lan.pass(300);
    const sinceNs = lan.clock.now();
    await lan.pass(2000);
    const times = lan.frames
      .filter(({ vrrp, timeNs }) => vrrp !== undefined && timeNs > sinceNs)
      .map(({ timeNs }) => timeNs);
    const late = times.slice(1).filter((timeNs, index) => timeNs - times[index]! > 14e6);
    // 40 scripts. Started by fork they held up the router by 5 to 12 ms each; the machine of the test has other work.
    expect(times.length).toBeGreaterThan(190);
    expect(late.length).toBeLessThan(4);
  });
});

describe('scripts that hang', () => {
  it(`are ${MOST_SCRIPTS} at most; who is not run is told, and the router goes on`, async () => {
    const pids = join(folder, 'pids');
    const router = start([`notify ${script('hangs', `echo $$ >> ${pids}\nexec sleep 20`)}`]);
    try {
      await router.line(/Entering MASTER STATE/);
      const tester = createTester();
      // Two changes of state a round: Backup, and Active again.
      for (let round = 0; round < MOST_SCRIPTS; round += 1) {
        const from = lan.clock.now();
        tester.send(200);
        await lan.until(
          'the takeover',
          (frame) => frame.timeNs > from + 20e6 && frame.node === 'r1' && frame.vrrp !== undefined,
        );
      }
      await router.line(/hangs is not run: 16 scripts are still running/);
      await until(() => linesOf(pids).length >= MOST_SCRIPTS);
      await lan.pass(100);
      expect(linesOf(pids)).toHaveLength(MOST_SCRIPTS);
      for (const pid of linesOf(pids)) process.kill(Number(pid), 'SIGKILL');
      await router.line(/hangs was ended by SIGKILL/);
      // There is room again.
      const before = linesOf(pids).length;
      tester.send(200);
      await until(() => linesOf(pids).length > before);
    } finally {
      for (const pid of linesOf(pids)) {
        try {
          process.kill(Number(pid), 'SIGKILL');
        } catch {
          // It has ended.
        }
      }
    }
  });
});
