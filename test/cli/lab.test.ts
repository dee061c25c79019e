import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepText } from '../../src/cli/step-text.ts';

const command = join(process.cwd(), 'dist/cli.js');
const scenario = 'scenarios/power-off.yaml';

describe('a step in the words of a command', () => {
  it.each([
    [['power-off', 'r1'], 'power-off: [r1]'],
    [['start', 'r1', 'r2'], 'start: [r1, r2]'],
    [['r1-cable', 'pull'], 'pull-cable: [r1]'],
    [['lose', 'everything', 'from', 'r1'], 'fault: { lose: everything from r1 }'],
    [['pause', '1s'], 'pause: 1s'],
    [['end-fault'], 'end-fault'],
    [['await: { active: r2, within: 2s }'], 'await: { active: r2, within: 2s }'],
    [['await:', '{ active: r2 }'], 'await: { active: r2 }'],
  ])('%j is %s', (words, text) => {
    expect(stepText(words)).toBe(text);
  });
});

describe('vrrpbench lab', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vrrpbench-lab-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  function lab(script: string, ...options: readonly string[]) {
    const words = ['lab', scenario, '--variant', 'v3-ipv4', '--out', folder, ...options, '--', 'sh', '-c', script];
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...words], {
      encoding: 'utf8',
      env: { ...process.env, TMPDIR: folder },
    });
    return { status, stdout, stderr, lines: stdout.split('\n') };
  }

  it('runs a program among the machines, whose names are the scenario’s, and returns its exit status', () => {
    const script = `
      vrrpbench exec r1 -- ip -o -4 addr show dev eth0
      ip netns exec h1 ip -o -4 addr show dev eth0
      vrrpbench exec r2 -- sh -c 'exit 5'; echo "r2 says $?"
      pwd
      exit 7`;
    const { status, stdout } = lab(script);
    expect(status).toBe(7);
    expect(stdout).toMatch(/inet 192\.0\.2\.1\/24/);
    expect(stdout).toMatch(/inet 192\.0\.2\.3\/24/);
    expect(stdout).toMatch(/^r2 says 5$/m);
    expect(stdout.split('\n')).toContain(process.cwd());
  });

  it('breaks what is asked for, and tells at the end what was seen', () => {
    const script = `
      vrrpbench fault 'await: { active: r1 }'
      vrrpbench fault power-off r1
      vrrpbench fault 'await: { active: r2 }'`;
    const { status, stdout } = lab(script);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^power-off r1: done$/m);
    expect(stdout).toMatch(/r2 \(priority 100\) took over from r1, which was silent/);
    expect(existsSync(join(folder, 'lab', 'capture.pcapng'))).toBe(true);
  });

  it('says of a step that it does not know what was probably meant, and of a machine which there are', () => {
    const { stdout, stderr } = lab(`
      vrrpbench fault pull-cabel r1; echo "status $?"
      vrrpbench exec r9 -- true; echo "status $?"`);
    expect(stderr).toContain("unknown key 'pull-cabel'; did you mean 'pull-cable'?");
    expect(stderr).toContain("there is no machine 'r9'; there are r1, r2, h1, tester");
    expect(stdout.match(/^status 2$/gm)).toHaveLength(2);
  });

  it('is entered from another terminal, and leaves nothing behind', async () => {
    const env = { ...process.env, TMPDIR: folder };
    const words = ['lab', scenario, '--variant', 'v3-ipv4', '--out', folder, '--', 'sh', '-c', 'echo open; read line'];
    const open = spawn(process.execPath, [command, ...words], { stdio: ['pipe', 'pipe', 'inherit'], env });
    await once(open.stdout.setEncoding('utf8'), 'data');
    const inside = spawnSync(process.execPath, [command, 'exec', 'r2', '--', 'ip', '-o', 'addr'], {
      encoding: 'utf8',
      env,
    });
    open.stdin.end('\n');
    await once(open, 'exit');
    const after = spawnSync(process.execPath, [command, 'exec', 'r2', '--', 'true'], { encoding: 'utf8', env });
    expect(inside.stdout).toContain('192.0.2.2/24');
    expect(after).toMatchObject({ status: 2, stderr: 'no lab is open\nopen one: vrrpbench lab FILE\n' });
  });
});
