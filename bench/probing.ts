import { PROBE_INTERVAL_NS } from '../src/failover/trial.ts';
import { openLabFor } from '../src/library/open-lab.ts';
import { processCpuNs } from '../src/linux/cpu-time.ts';
import { descendants } from '../src/linux/processes.ts';
import { compileDocument } from '../src/scenario/compile.ts';
import { createEchoes, type EchoesCollector } from '../src/scenario/echoes.ts';
import type { ScenarioDocument } from '../src/scenario/schema.ts';
import type { Stage, StageListener, StageSet } from '../src/stage/stage.ts';
import type { BenchResult } from './result.ts';

const LANS = 16;
const SECOND_NS = 1_000_000_000;
/** What the aim speaks of. */
const MILLISECOND_NS = 1_000_000;
/** That, and what a failover is measured with. */
const INTERVALS_NS = [MILLISECOND_NS, PROBE_INTERVAL_NS];
/** How long what was sent may be under way. */
const FLIGHT_NS = 100 * MILLISECOND_NS;
const SETTLES_NS = 2 * SECOND_NS;
const LASTS_NS = 8 * SECOND_NS;

const DOCUMENT: ScenarioDocument = {
  name: 'Many probes a second',
  routers: ['r1'],
  hosts: ['h1'],
  steps: [{ start: ['r1'] }],
  expect: [],
};

interface ProbedLan {
  readonly set: StageSet;
  /** One for each interval. */
  readonly echoes: readonly EchoesCollector[];
  /** From now on every probe is of this interval: requests of both are numbered from 1. */
  account(which: number): void;
}

/** A LAN with a router whose virtual address a host is ready to ping. */
async function buildLan(stage: Stage, number: number): Promise<ProbedLan> {
  const options = { variant: 'v3-ipv4', implementation: 'native', scenario: 'probing' } as const;
  const { topology } = compileDocument(DOCUMENT, options);
  const [router] = topology.nodes.flatMap((node) => (node.kind === 'router' ? [node] : []));
  const to = router!.virtualRouters[0]!.addresses[0]!;
  const echoes = INTERVALS_NS.map((intervalNs) => createEchoes({ name: `${intervalNs}`, from: 'h1', to, intervalNs }));
  const lan: { counts?: EchoesCollector } = {};
  const listener: StageListener = {
    origin() {},
    event() {},
    interface(index, description) {
      for (const one of echoes) one.interface(index, description);
    },
    frame: (record) => lan.counts?.frame(record),
  };
  const set = await stage.build(topology, listener, { seed: number });
  await set.perform({ kind: 'start', router: 'r1' });
  return {
    set,
    echoes,
    account(which) {
      lan.counts = echoes[which]!;
    },
  };
}

/** What this process and all that it started have used of processors, in seconds. */
function cpuSeconds(): number {
  const pids = [process.pid, ...descendants(process.pid).map(({ pid }) => pid)];
  return pids.reduce((sum, pid) => sum + processCpuNs(pid) / SECOND_NS, 0);
}

/** What it costs to ping the virtual address of each of 16 LANs so often, to capture it and to account for it. */
export async function probing(): Promise<readonly BenchResult[]> {
  const stage = await openLabFor();
  try {
    const lans = await Promise.all(Array.from({ length: LANS }, (_, number) => buildLan(stage, number)));
    const pass = (ns: number) => Promise.all(lans.map(({ set }) => set.advance(set.now() + ns)));
    // Virtual addresses are there when Active_Down_Interval is over.
    await pass(2 * SETTLES_NS);
    const idle = cpuSeconds();
    await pass(SETTLES_NS);
    const idleCores = (cpuSeconds() - idle) / (SETTLES_NS / SECOND_NS);
    const results: BenchResult[] = [];
    for (const [which, intervalNs] of INTERVALS_NS.entries()) {
      const { cores, rates } = await probeAll(lans, which, pass);
      results.push({
        name: `a probe every ${intervalNs / MILLISECOND_NS} ms in ${LANS} LANs at once: cores used`,
        value: cores,
        unit: 'cores',
        ...(intervalNs === MILLISECOND_NS ? { aim: { comparison: 'at most', value: 1 } } : {}),
        details: `without probes ${idleCores.toFixed(2)}; requests a second in a LAN: ${Math.round(Math.min(...rates))} to ${Math.round(Math.max(...rates))}`,
      });
    }
    await Promise.all(lans.map((lan) => lan.set.close()));
    return results;
  } finally {
    await stage.close();
  }
}

/** What one of the intervals costs, and how many requests left a second in each LAN. */
async function probeAll(lans: readonly ProbedLan[], which: number, pass: (ns: number) => Promise<unknown>) {
  for (const lan of lans) lan.account(which);
  const probed = lans.map(({ set, echoes }) => ({ set, echoes: echoes[which]! }));
  await Promise.all(probed.map(({ set, echoes: { probe } }) => set.perform({ kind: 'begin-probe', probe })));
  await pass(SETTLES_NS);
  const { set, echoes } = probed[0]!;
  const [before, sentBefore, beganNs] = [cpuSeconds(), probed.map((lan) => lan.echoes.requests), set.now()];
  await pass(LASTS_NS);
  const seconds = (set.now() - beganNs) / SECOND_NS;
  const cores = (cpuSeconds() - before) / seconds;
  const rates = probed.map((lan, index) => (lan.echoes.requests - sentBefore[index]!) / seconds);
  if (echoes.answeredNs(sentBefore[0]!) === undefined) throw new Error('the virtual address did not answer');
  await Promise.all(probed.map((lan) => lan.set.perform({ kind: 'end-probe', name: lan.echoes.probe.name })));
  await pass(FLIGHT_NS);
  return { cores, rates };
}
