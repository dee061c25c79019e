import { openLabFor } from '../src/library/open-lab.ts';
import { processCpuNs } from '../src/linux/cpu-time.ts';
import { descendants } from '../src/linux/processes.ts';
import { compileDocument } from '../src/scenario/compile.ts';
import { createEchoes, type EchoesCollector } from '../src/scenario/echoes.ts';
import type { ScenarioDocument } from '../src/scenario/schema.ts';
import type { Stage, StageSet } from '../src/stage/stage.ts';
import type { BenchResult } from './result.ts';

const LANS = 16;
const SECOND_NS = 1_000_000_000;
const PROBE_INTERVAL_NS = 1_000_000;
const SETTLES_NS = 2 * SECOND_NS;
const LASTS_NS = 8 * SECOND_NS;

const DOCUMENT: ScenarioDocument = {
  name: 'A probe each millisecond',
  routers: ['r1'],
  hosts: ['h1'],
  steps: [{ start: ['r1'] }],
  expect: [],
};

interface ProbedLan {
  readonly set: StageSet;
  readonly echoes: EchoesCollector;
}

/** A LAN with a router whose virtual address a host is ready to ping. */
async function buildLan(stage: Stage, number: number): Promise<ProbedLan> {
  const options = { variant: 'v3-ipv4', implementation: 'native', scenario: 'probing' } as const;
  const { topology } = compileDocument(DOCUMENT, options);
  const [router] = topology.nodes.flatMap((node) => (node.kind === 'router' ? [node] : []));
  const to = router!.virtualRouters[0]!.addresses[0]!;
  const echoes = createEchoes({ name: 'probe', from: 'h1', to, intervalNs: PROBE_INTERVAL_NS });
  const listener = { origin() {}, event() {}, interface: echoes.interface, frame: echoes.frame };
  const set = await stage.build(topology, listener, { seed: number });
  await set.perform({ kind: 'start', router: 'r1' });
  return { set, echoes };
}

/** What this process and all that it started have used of processors, in seconds. */
function cpuSeconds(): number {
  const pids = [process.pid, ...descendants(process.pid).map(({ pid }) => pid)];
  return pids.reduce((sum, pid) => sum + processCpuNs(pid) / SECOND_NS, 0);
}

/** What it costs to ping the virtual address of each of 16 LANs each millisecond, to capture it and to account for it. */
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
    const { echoes, set } = lans[0]!;
    await Promise.all(lans.map((lan) => lan.set.perform({ kind: 'begin-probe', probe: lan.echoes.probe })));
    await pass(SETTLES_NS);
    const [before, sentBefore, beganNs] = [cpuSeconds(), lans.map((lan) => lan.echoes.requests), set.now()];
    await pass(LASTS_NS);
    const seconds = (set.now() - beganNs) / SECOND_NS;
    const cores = (cpuSeconds() - before) / seconds;
    const rates = lans.map((lan, index) => (lan.echoes.requests - sentBefore[index]!) / seconds);
    const answered = echoes.answeredNs(sentBefore[0]!) !== undefined;
    if (!answered) throw new Error('the virtual address did not answer');
    await Promise.all(lans.map((lan) => lan.set.close()));
    return [
      {
        name: `a probe each millisecond in ${LANS} LANs at once: cores used`,
        value: cores,
        unit: 'cores',
        aim: { comparison: 'at most', value: 1 },
        details: `without probes ${idleCores.toFixed(2)}; requests a second in a LAN: ${Math.round(Math.min(...rates))} to ${Math.round(Math.max(...rates))}`,
      },
    ];
  } finally {
    await stage.close();
  }
}
