import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPerson } from '../../src/cli/operator.ts';
import { portChoice } from '../../src/cli/port-choice.ts';
import type { OperatorRequest } from '../../src/lab/outside/operator.ts';
import { type RunReport, runReportSchema } from '../../src/report/run-schema.ts';
import { endingWithUs } from '../child.ts';
import { isRoot, requirePeer } from '../peers.ts';

const run = promisify(execFile);
const SANDBOX = ['--net', '--pid', '--fork', '--kill-child', '--mount', '--mount-proc', 'bash', 'test/cli/cable.sh'];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vrrpbench-outside-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Played {
  readonly status: number;
  readonly report: RunReport;
  readonly stderr: string;
  /** What the operator was asked, in order. */
  readonly asked: readonly string[];
}

/** Plays scenarios of the conformance suite against a router at the far end of a cable, which a program operates. */
async function play(
  router: 'native' | 'keepalived',
  scenarios: readonly string[],
  ...more: readonly string[]
): Promise<Played> {
  const far = await mkdtemp(join(folder, 'far-'));
  const out = join(far, 'runs');
  const files = scenarios.map((name) => `scenarios/conformance/${name}.yaml`);
  const given = more.length > 0 ? more : ['--port', 'eth1', '--operator', 'test/cli/outside-operator.mjs'];
  const words = ['run', ...files, '--router', 'port', ...given, '--variant', 'v3-ipv4', '--json', '--out', out];
  const command = ['unshare', ...SANDBOX, far, router, process.execPath, 'dist/cli.js', ...words] as const;
  const [program, ...rest] = command;
  const ended = await run(...endingWithUs(program, rest), { maxBuffer: 64 << 20 }).then(
    ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ status: code, stdout, stderr }),
  );
  const asked = (await readFile(join(far, 'asked'), 'utf8').catch(() => '')).trimEnd().split('\n');
  const report = runReportSchema.parse(JSON.parse(ended.stdout));
  return { status: ended.status, report, stderr: ended.stderr, asked };
}

const byScenario = ({ report }: Played) =>
  Object.fromEntries(report.scenarios.map(({ scenario, verdict }) => [scenario, verdict]));

describe.runIf(isRoot && requirePeer('ip')).concurrent('a router at the far end of a cable', () => {
  it('that conforms passes: its timers, what it must discard, what it answers', async () => {
    const played = await play('native', [
      'init-backup',
      'rx-ttl',
      'active-hold',
      'answers-for-addresses',
      'active-shutdown',
    ]);
    expect(byScenario(played), played.stderr).toEqual({
      'init-backup': 'pass',
      'rx-ttl': 'pass',
      'active-hold': 'pass',
      'answers-for-addresses': 'pass',
      'active-shutdown': 'pass',
    });
    expect(played.status).toBe(0);
    // One configuration serves them all; it is asked to be stopped before each starts it, unless it is already.
    expect(played.asked.filter((line) => /connect|configure/.test(line))).toEqual(['connect r1', 'configure r1']);
    expect(played.asked.filter((line) => line === 'start r1')).toHaveLength(5);
  }, 90_000);

  it.runIf(requirePeer('tshark'))(
    'is captured at the interface: its frames before the relay takes them in, others when they have gone out',
    async () => {
      const played = await play('native', ['active-hold']);
      const capture = played.report.scenarios[0]?.capture ?? '';
      const fields = ['frame.interface_name', 'frame.time_epoch', 'vrrp.prio'].flatMap((field) => ['-e', field]);
      const { stdout } = await run('tshark', ['-r', capture, '-Y', 'vrrp', '-T', 'fields', ...fields]);
      const seen = stdout
        .trim()
        .split('\n')
        .map((line) => line.split('\t'))
        .map(([port, time, priority]) => ({ port, timeS: Number(time), priority: Number(priority) }));
      for (const [priority, from, to] of [
        [200, 'r1-lan', 'tester-lan'],
        [100, 'tester-lan', 'r1-lan'],
      ] as const) {
        const at = (port: string) => seen.filter((one) => one.priority === priority && one.port === port);
        const relayedMs = at(from).map(({ timeS }, index) => 1000 * ((at(to)[index]?.timeS ?? 0) - timeS));
        expect(relayedMs.length).toBeGreaterThan(4);
        expect(Math.min(...relayedMs), `${from} to ${to}`).toBeGreaterThan(0);
      }
    },
    60_000,
  );

  it.runIf(requirePeer('keepalived'))(
    'that deviates is found out',
    async () => {
      const played = await play('keepalived', ['rx-ttl']);
      const [result] = played.report.scenarios;
      expect(result?.verdict, played.stderr).toBe('fail');
      const failed = result?.expectations.filter(({ verdict }) => verdict === 'fail').map(({ text }) => text);
      expect(failed).toEqual(['r1 advertises each interval during bad-to-active']);
    },
    60_000,
  );

  it('is skipped, with the reason, where its operator does not do what is asked', async () => {
    const played = await play('native', ['init-backup'], '--port', 'eth1@02:00:5e:10:00:01', '--operator', 'false');
    const [result] = played.report.scenarios;
    expect(result?.verdict).toBe('skipped');
    expect(result?.reason).toContain('false was asked to configure r1');
    expect(played.status).toBe(3);
  }, 60_000);

  it('is skipped where nobody can be asked', async () => {
    const played = await play('native', ['init-backup'], '--port', 'eth1@02:00:5e:10:00:01');
    expect(played.report.scenarios[0]?.verdict).toBe('skipped');
    expect(played.report.scenarios[0]?.reason).toContain('standard input is no terminal');
  }, 60_000);

  it('is not applicable where a port of it has no interface', async () => {
    const played = await play(
      'native',
      ['forwards-for-virtual-mac'],
      '--port',
      'eth1@02:00:5e:10:00:01',
      '--operator',
      'false',
    );
    expect(played.report.scenarios[0]?.verdict).toBe('not-applicable');
    expect(played.report.scenarios[0]?.reason).toContain("port of 'r1' on LAN 'far'");
  }, 60_000);
});

describe('a person at the terminal', () => {
  const request = (words: string): OperatorRequest => ({
    action: 'start',
    words,
    router: { kind: 'router', name: 'r1', ports: [], implementation: 'port', virtualRouters: [], forwarding: true },
  });

  function terminal() {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = new PassThrough().setEncoding('utf8');
    return { input, output, person: createPerson(input, output) };
  }

  it('is asked one thing at a time, and says when it is done', async () => {
    const { input, output, person } = terminal();
    const asked = ['r1', 'r2'].map((name) => person.ask(request(`start VRRP on ${name}`)));
    for (const [index, name] of ['r1', 'r2'].entries()) {
      await once(output, 'readable');
      const question: string = output.read();
      expect(question.match(/please .*/g)).toEqual([`please start VRRP on ${name}`]);
      input.write('\n');
      await asked[index];
    }
    person.close();
  });

  it('may say that it cannot be done', async () => {
    const { input, output, person } = terminal();
    const asked = person.ask(request('start VRRP on r1'));
    await once(output, 'readable');
    input.write('s\n');
    await expect(asked).rejects.toThrow('whoever was asked to start VRRP on r1 cannot');
    person.close();
  });

  it('is not waited for when the run is ended', async () => {
    const { person } = terminal();
    const asked = person.ask(request('start VRRP on r1'));
    await new Promise((resolve) => setImmediate(resolve));
    person.close();
    await expect(asked).rejects.toThrow('nobody answers');
  });
});

describe('--port', () => {
  it('names an interface, and the router and the LAN that it leads to', () => {
    expect(portChoice('eth1', undefined)).toEqual([{ interfaceName: 'eth1' }]);
    expect(portChoice('r2=eth1.100', undefined)).toEqual([{ router: 'r2', interfaceName: 'eth1.100' }]);
    expect(portChoice('r1.right=eth2@02:00:5E:10:00:01', [{ interfaceName: 'eth1' }])).toEqual([
      { interfaceName: 'eth1' },
      { router: 'r1', port: 'right', interfaceName: 'eth2', macAddress: '02:00:5e:10:00:01' },
    ]);
  });

  it('refuses what names none, and one interface for two ports', () => {
    for (const text of ['', '=eth1', 'eth1@02:00', 'r1=an interface', 'a-very-long-interface'])
      expect(() => portChoice(text, undefined), text).toThrow('expected INTERFACE');
    expect(() => portChoice('r2=eth1', [{ interfaceName: 'eth1' }])).toThrow('given twice');
  });
});
