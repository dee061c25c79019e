import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunReport, runReportSchema } from '../../src/report/run-schema.ts';
import { endingWithUs } from '../child.ts';
import { requirePeer } from '../peers.ts';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vrrpbench-run-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user does. */
async function vrrpbench(...words: readonly string[]): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(...endingWithUs(process.execPath, ['dist/cli.js', ...words]), {
      maxBuffer: 64 << 20,
    });
    return { status: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, stdout, stderr };
  }
}

// One lab after the other: a machine that several of them share holds up their routers, and verdicts stay open.
describe.each(['native', 'keepalived'] as const)('%s in the lab', (router) => {
  const canRun = router === 'native' || requirePeer(router);

  it.runIf(canRun)(
    'hands over after a power failure and after a graceful stop, on time',
    async () => {
      const scenarios = ['scenarios/power-off.yaml', 'scenarios/graceful-stop.yaml'];
      const out = join(folder, router);
      const ended = await vrrpbench(
        'run',
        ...scenarios,
        '--variant',
        'v3-ipv4',
        '--router',
        router,
        '--profile',
        'rfc5798',
        '--json',
        '--out',
        out,
      );
      const report: RunReport = runReportSchema.parse(JSON.parse(ended.stdout));
      expect(report.scenarios).toHaveLength(2);
      for (const scenario of report.scenarios) {
        const timed = scenario.expectations.filter(({ kind }) => kind !== 'rules');
        expect(timed.map(({ text, verdict, seen }) => ({ text, verdict, seen }))).toEqual(
          timed.map(({ text, seen }) => ({ text, verdict: 'pass', seen })),
        );
        const files = await readdir(scenario.folder!);
        expect(files).toEqual(expect.arrayContaining(['capture.pcapng', 'plan.json', 'r1.log', 'r2.log']));
        const timeline = scenario.virtualRouters[0]!.timeline.map(({ router: name }) => name);
        expect(timeline).toEqual(['r1', 'r2']);
      }
    },
    120_000,
  );
});

/** What was expected and came true, by the id of the scenario; rules aside. */
function outcomes(report: RunReport): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    report.scenarios.map(({ id, expectations, reason }) => [
      id,
      [
        ...expectations.filter(({ kind }) => kind !== 'rules').map(({ text, verdict }) => `${text}: ${verdict}`),
        ...(reason === undefined ? [] : [reason]),
      ],
    ]),
  );
}

describe('faults, crafted advertisements and cables', () => {
  it('do the same in virtual time and in the lab', async () => {
    const words = ['run', 'test/scenario/files/wire', '--json', '--seed', '3'];
    const [virtual, lab] = await Promise.all(
      (['virtual', 'lab'] as const).map(async (stage) => {
        const ended = await vrrpbench(...words, '--stage', stage, '--out', join(folder, `wire-${stage}`));
        return outcomes(runReportSchema.parse(JSON.parse(ended.stdout)));
      }),
    );
    expect(lab).toEqual(virtual);
    expect(Object.keys(lab!)).toHaveLength(8);
    for (const came of Object.values(lab!)) for (const one of came) expect(one).toMatch(/: pass$/);
  }, 120_000);
});

/** LAN, VRID and who was Active in turn, of each virtual router. */
function histories(report: RunReport): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    report.scenarios.map(({ id, virtualRouters }) => [
      id,
      virtualRouters.map(
        ({ lan, vrid, timeline }) => `${lan} ${vrid}: ${timeline.map(({ router }) => router).join(' ')}`,
      ),
    ]),
  );
}

const ONE_ROUTER = ['lan 51: r1'];
const TWO_LANS = ['left 10: r1 r2', 'right 10: r1'];
const TWO_VIRTUAL_ROUTERS = ['lan 10: r1 r2', 'lan 20: r1 r2'];

describe('several LANs, several virtual routers, and everything that can happen to a frame', () => {
  const played = new Map<'virtual' | 'lab', Promise<RunReport>>();

  /** What came of the folder on a stage, where it is played once. */
  function reportOf(stage: 'virtual' | 'lab'): Promise<RunReport> {
    const known = played.get(stage) ?? play(stage);
    played.set(stage, known);
    return known;
  }

  async function play(stage: 'virtual' | 'lab'): Promise<RunReport> {
    const words = ['run', 'test/scenario/files/lans', '--json', '--seed', '3', '--stage', stage];
    const out = await mkdtemp(join(tmpdir(), `vrrpbench-lans-${stage}-`));
    const ended = await vrrpbench(...words, '--out', out);
    await rm(out, { recursive: true });
    return runReportSchema.parse(JSON.parse(ended.stdout));
  }

  it.each(['virtual', 'lab'] as const)(
    'have the history that was meant: %s',
    async (stage) => {
      const report = await reportOf(stage);
      expect(histories(report)).toEqual({
        // What is lost follows from the seed: three in a row twice, and r2 is Active until the next one.
        'lossy/v3-ipv4/native': ['lan 51: r1 r2 r2'],
        'corrupted/v3-ipv4/native': ['lan 51: r1 r2'],
        'each-lan/v3-ipv4/native': TWO_LANS,
        'each-lan/v3-ipv6/native': TWO_LANS,
        'duplicated/v3-ipv4/native': ONE_ROUTER,
        'duplicated/v3-ipv6/native': ONE_ROUTER,
        'one-direction/v3-ipv4/native': ['lan 51: r1 r2'],
        'one-direction/v3-ipv6/native': ['lan 51: r1 r2'],
        'reordered/v3-ipv4/native': ONE_ROUTER,
        'reordered/v3-ipv6/native': ONE_ROUTER,
        'third-advertisement/v3-ipv4/native': ONE_ROUTER,
        'third-advertisement/v3-ipv6/native': ONE_ROUTER,
        'two-lans/v2-ipv4/native': TWO_LANS,
        'two-lans/v3-ipv4/native': TWO_LANS,
        'two-lans/v3-ipv6/native': TWO_LANS,
        'two-virtual-routers/v2-ipv4/native': TWO_VIRTUAL_ROUTERS,
        'two-virtual-routers/v3-ipv4/native': TWO_VIRTUAL_ROUTERS,
        'two-virtual-routers/v3-ipv6/native': TWO_VIRTUAL_ROUTERS,
      });
      const open = report.scenarios.filter(({ verdict }) => verdict !== 'pass').map(({ scenario }) => scenario);
      expect(open).toEqual(['one-direction', 'one-direction']);
    },
    120_000,
  );

  it.each(['virtual', 'lab'] as const)(
    'two Actives by a loss of one direction are found, and why: %s',
    async (stage) => {
      const report = await reportOf(stage);
      const split = report.scenarios.filter(({ scenario }) => scenario === 'one-direction');
      for (const { expectations, findings } of split) {
        const [one] = expectations.filter(({ kind }) => kind === 'one-active');
        expect(one).toMatchObject({ verdict: 'fail', seen: expect.stringContaining('r1 and r2 both advertised') });
        const [finding] = findings.filter(({ requirement }) => requirement === 'tx.one-active');
        expect(finding!.message).toContain('nothing of r1 reached the port of r2');
      }
    },
    120_000,
  );
});

describe.concurrent('vrrpbench run', { timeout: 60_000 }, () => {
  it('says where a scenario is wrong, and exits with 2', async () => {
    const ended = await vrrpbench('run', 'test/scenario/files/misspelt.yaml');
    expect(ended).toMatchObject({ status: 2, stdout: '' });
    expect(ended.stderr).toBe("test/scenario/files/misspelt.yaml:4:5: unknown key 'strat'; did you mean 'start'?\n");
  });

  it('says which file is not there, and exits with 2', async () => {
    const ended = await vrrpbench('run', 'nothing.yaml');
    expect(ended).toMatchObject({ status: 2, stderr: 'nothing.yaml:1:1: there is no such file or folder\n' });
  });

  it('refuses an option that it does not understand, and exits with 2', async () => {
    const ended = await vrrpbench('run', '--variant', 'v4-ipv4');
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain("'v4-ipv4' is none; expected v2-ipv4, v3-ipv4, v3-ipv6");
  });

  it('says that the results have no place, and exits with 2', async () => {
    const ended = await vrrpbench('run', 'scenarios/both-start.yaml', '--stage', 'virtual', '--out', '/dev/null/runs');
    expect(ended).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^--out \/dev\/null\/runs: ENOTDIR/),
    });
  });

  // There recursive mkdir of Node.js never comes back: it asks for the folder above, which is there, and tries again.
  it('does not hang where no folder can be made', async () => {
    for (const words of [
      ['run', 'scenarios/both-start.yaml', '--stage', 'virtual', '--out', '/proc/runs'],
      ['run', 'scenarios/both-start.yaml', '--stage', 'virtual', '--out', '/proc/self/runs/below'],
      ['demo', '--out', '/proc/runs'],
    ]) {
      const ended = await vrrpbench(...words);
      expect(ended).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/^--out \/proc\/\S+: E/) });
    }
  });

  it('exits with 0 when everything passed, and writes what was asked for', async () => {
    const junit = join(folder, 'junit.xml');
    const words = ['run', 'scenarios/graceful-stop.yaml', '--stage', 'virtual', '--seed', '1', '--junit', junit];
    const ended = await vrrpbench(...words, '--out', join(folder, 'virtual'));
    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain('3 scenarios: 3 passed');
    expect(await readFile(junit, 'utf8')).toContain('<testsuites name="vrrpbench" tests="3" failures="0"');
  });

  it('exits with 1 when a scenario failed', async () => {
    const ended = await vrrpbench(
      'run',
      'test/scenario/files/wrong.yaml',
      '--stage',
      'virtual',
      '--out',
      join(folder, 'wrong'),
    );
    expect(ended.status).toBe(1);
    expect(ended.stdout).toContain('FAIL  wrong/v3-ipv4/native');
    expect(ended.stdout).toContain(
      'again     vrrpbench run test/scenario/files/wrong.yaml --variant v3-ipv4 --router native',
    );
  });

  it('exits with 3 when nothing could be played', async () => {
    const words = ['run', 'scenarios/graceful-stop.yaml', '--stage', 'virtual', '--router', 'keepalived'];
    const ended = await vrrpbench(...words, '--out', join(folder, 'nothing'));
    expect(ended.status).toBe(3);
    expect(ended.stdout).toContain("the simulation has no implementation 'keepalived'");
  });
});

describe.concurrent('vrrpbench demo', () => {
  it('tells a failover with the times of the RFC beside the measured ones', async () => {
    const { stdout, status } = await vrrpbench('demo', '--out', join(folder, 'demo'));
    expect(stdout).toMatch(/r1 loses its power\n.*r2 has heard nothing for 1\.\d{4} s: it takes over\n/s);
    expect(stdout).toContain('RFC 9568');
    expect(stdout).toContain('1.0800 to 1.0828 s');
    expect(stdout).toContain('native/capture.pcapng');
    expect(status).not.toBe(1);
  }, 60_000);
});
