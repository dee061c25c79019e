import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import { instance, routerNode } from './native.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

const node = (number: number): LanNode => routerNode(lan, number);

describe('what it tells', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vrrpbench-notify-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  async function written(path: string, size: number): Promise<string> {
    for (let turn = 0; turn < 200 && !(existsSync(path) && statSync(path).size >= size); turn += 1) await lan.pass(25);
    return readFileSync(path, 'utf8');
  }

  it('runs scripts with keepalived’s arguments, at normal priority', async () => {
    const log = join(folder, 'log');
    const script = join(folder, 'script.sh');
    writeFileSync(script, `#!/bin/sh\necho "$@ policy $(cut -d' ' -f41 /proc/$$/stat)" >> ${log}\n`, { mode: 0o755 });
    const lines = [
      'use_vmac',
      `notify_master "${script} vrrp.51"`,
      `notify_stop "${script} 'is stopping'"`,
      `notify ${script}`,
    ];
    const router = lan.router(node(1), instance({ priority: 200, lines }), ['--priority', '5']);
    await written(log, 3 * 20);
    router.signal('SIGTERM');
    await router.ended;
    const expected = [
      'INSTANCE VI BACKUP 200 policy 0',
      'INSTANCE VI MASTER 200 policy 0',
      'INSTANCE VI STOP 200 policy 0',
      'is stopping policy 0',
      'vrrp.51 policy 0',
    ];
    expect((await written(log, expected.join('\n').length)).trim().split('\n').sort()).toEqual(expected);
  });

  it('writes its state on a signal, as JSON of keepalived’s shape', async () => {
    const router = lan.router(node(1), instance({ priority: 200, lines: ['use_vmac'] }));
    await router.line(/Entering MASTER STATE/);
    router.signal('SIGUSR1');
    while (!router.output().includes('\n')) await lan.pass(5);
    expect(JSON.parse(router.output())).toMatchObject([
      {
        data: { iname: 'VI', vrid: 51, state: 2, base_priority: 200, vips: ['192.0.2.101'] },
        stats: { become_master: 1 },
      },
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
