import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureFailover } from '../../src/failover/experiment.ts';
import { FAULT_NAMES, FAULTS } from '../../src/failover/fault.ts';
import type { CellKey, CellResult, FailoverResult } from '../../src/failover/result.ts';
import { outageNs } from '../../src/failover/summaries.ts';
import { PATHS } from '../../src/failover/trial.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';

const MILLISECOND = 1_000_000;
const RUNS = 5;
/** A simulated router reads no configuration again. */
const PLAYABLE = FAULT_NAMES.filter((name) => FAULTS[name].reloads !== true);

function cell(values: Partial<CellKey>): CellKey {
  return { router: 'native', variant: 'v3-ipv4', intervalNs: 100 * MILLISECOND, fault: 'power-off', ...values };
}

async function measured(cells: readonly CellKey[], options: { folder?: string; seed?: number } = {}) {
  const stage = createSimulation();
  try {
    return await measureFailover(stage, { cells, runs: RUNS, seed: 1, ...options });
  } finally {
    await stage.close();
  }
}

describe('every fault, in virtual time, where routers add nothing and frames take no time', () => {
  let result: FailoverResult;
  beforeAll(async () => {
    result = await measured(PLAYABLE.map((fault) => cell({ fault })));
  });
  const of = (fault: string): CellResult => result.cells.find((one) => one.fault === fault)!;

  it.each(PLAYABLE)('%s: every run counts', (fault) => {
    expect(of(fault).runs.map(({ excluded }) => excluded)).toEqual(Array(RUNS).fill(undefined));
    expect(of(fault).notApplicable).toBeUndefined();
  });

  it.each(PLAYABLE.filter((name) => FAULTS[name].law === 'active-down'))(
    '%s: the takeover comes Active_Down_Interval after the last advertisement that was heard',
    (fault) => {
      for (const { figures } of of(fault).runs) {
        for (const takeover of Object.values(figures!.takeovers)) {
          expect(takeover.addedNs).toBeGreaterThanOrEqual(0);
          expect(takeover.addedNs).toBeLessThan(MILLISECOND);
          const { fromNs, toNs } = of(fault).expected!;
          expect(takeover.faultToFirstNs).toBeGreaterThan(fromNs - MILLISECOND);
          expect(takeover.faultToFirstNs).toBeLessThan(toNs + MILLISECOND);
        }
      }
    },
  );

  it('stopped: the takeover comes Skew_Time after priority 0', () => {
    const { expected, summaries } = of('stopped');
    expect(expected).toEqual({ fromNs: 60_937_500, toNs: 60_937_500 });
    expect(summaries.added!.maximum).toBeLessThan(MILLISECOND);
  });

  it('power-off: each path is gone from the fault to the takeover, and the bounds are two packets apart', () => {
    for (const { figures } of of('power-off').runs) {
      for (const path of PATHS) {
        const lan = path === 'to-client' ? 'outside' : 'inside';
        const { outageFromNs, outageToNs } = figures!.paths[path];
        const goneNs = figures!.takeovers[lan]!.faultToFirstNs;
        expect(outageFromNs).toBeLessThanOrEqual(goneNs + MILLISECOND);
        expect(outageToNs).toBeGreaterThanOrEqual(goneNs - MILLISECOND);
        expect(outageToNs - outageFromNs).toBeLessThanOrEqual(2 * MILLISECOND);
      }
    }
  });

  it('in-lost: nobody takes over, and the network stays gone', () => {
    const { expected, summaries, runs } = of('in-lost');
    expect(expected).toBeUndefined();
    expect(runs.every(({ figures }) => Object.keys(figures!.takeovers).length === 0)).toBe(true);
    expect(summaries.outage!.minimum).toBe(Number.POSITIVE_INFINITY);
  });

  it('preemption: the router of higher priority comes back without a gap of note', () => {
    expect(of('preemption').summaries.outage!.maximum).toBeLessThanOrEqual(2 * MILLISECOND);
  });

  it('preemption: the takeover comes Active_Down_Interval after the start', () => {
    const { expected, summaries } = of('preemption');
    expect(expected).toEqual({ fromNs: 321_875_000, toNs: 321_875_000 });
    expect(summaries.added!.minimum).toBeGreaterThanOrEqual(0);
    expect(summaries.added!.maximum).toBeLessThan(MILLISECOND);
  });

  it('the median run and the worst are told by number', () => {
    const { runs, summaries, medianRun, worstRun } = of('power-off');
    const outageOf = (run: number | undefined) =>
      Math.max(...PATHS.map((path) => outageNs(runs.find((one) => one.run === run)!.figures!.paths[path])));
    expect(outageOf(medianRun)).toBe(summaries.outage!.median.value);
    expect(outageOf(worstRun)).toBe(summaries.outage!.maximum);
  });
});

describe('a measurement', () => {
  it('strikes at phases that the seed decides, the same for every router and fault', async () => {
    const phases = async (seed: number) =>
      (await measured([cell({}), cell({ fault: 'killed' })], { seed })).cells.map(({ runs }) =>
        runs.map(({ phase }) => phase),
      );
    const [first, second] = await phases(3);
    expect(first).toEqual(second);
    expect(new Set(first).size).toBe(RUNS);
    expect(await phases(3)).toEqual([first, second]);
    expect(await phases(4)).not.toEqual([first, second]);
  });

  it('says of an interval that version 2 cannot have that it is not applicable, and measures the rest', async () => {
    const { cells } = await measured([cell({ variant: 'v2-ipv4' }), cell({})]);
    expect(cells[0]).toMatchObject({ runs: [], notApplicable: expect.stringContaining('expected whole seconds') });
    expect(cells[1]!.runs).toHaveLength(RUNS);
  });

  it('says of a fault that the stage cannot play that it is not applicable', async () => {
    const { cells } = await measured([cell({ fault: 'priority-lowered' })]);
    expect(cells[0]!.notApplicable).toContain('cannot have a router read its configuration again');
  });

  it('says of a router that nobody has that it is not applicable', async () => {
    const { cells } = await measured([cell({ router: 'keepalived' })]);
    expect(cells[0]!.runs).toEqual([]);
    expect(cells[0]!.notApplicable).toContain('keepalived');
  });

  it('ends early when it is told to: what was measured is kept, nothing more begins', async () => {
    const stage = createSimulation();
    const controller = new AbortController();
    const { cells } = await measureFailover(stage, {
      cells: [cell({})],
      runs: RUNS,
      seed: 1,
      jobs: 1,
      signal: controller.signal,
      listener: { finished: (_, done) => (done === 2 ? controller.abort() : undefined) },
    });
    await stage.close();
    expect(cells[0]!.runs.map(({ run }) => run)).toEqual([1, 2]);
  });
});

describe('the folder of a measurement', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vrrpbench-failover-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('has the captures of the median run and of the worst, and of no other', async () => {
    const { cells } = await measured([cell({})], { folder });
    const { runs, medianRun, worstRun } = cells[0]!;
    const kept = runs.filter((one) => one.folder !== undefined);
    expect(new Set(kept.map(({ run }) => run))).toEqual(new Set([medianRun, worstRun]));
    for (const one of kept) expect(await readdir(one.folder!)).toEqual(['capture.pcapng']);
    const place = join(folder, 'native', 'v3-ipv4', '100ms', 'power-off');
    expect((await readdir(place)).sort()).toEqual([...new Set(kept.map(({ run }) => `run-${run}`))].sort());
  });
});
