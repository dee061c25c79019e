import type { VirtualRouterIntent } from '../src/capture/intent.ts';
import { createObserver } from '../src/conformance/observer/observer.ts';
import type { Observation } from '../src/conformance/result.ts';
import { createSimulation } from '../src/simulation/simulation.ts';
import type { StageListener } from '../src/stage/stage.ts';
import type { Topology } from '../src/stage/topology.ts';
import { type BenchResult, median } from './result.ts';

const SECOND_NS = 1_000_000_000;
const DAY_SECONDS = 86_400;
const RUNS = 5;
/** A LAN as large as a data centre's: each of so many routers takes part in all of its virtual routers. */
const MANY_ROUTERS = 200;
const MANY_VIRTUAL_ROUTERS = 50;
const MANY_SECONDS = 60;

interface Lived {
  readonly seconds: number;
  readonly frames: number;
  readonly observation: Observation;
}

/** How fast virtual time passes, every frame judged by the rules. */
export async function virtualTime(): Promise<readonly BenchResult[]> {
  const days: Lived[] = [];
  for (let run = 0; run < RUNS; run += 1) days.push(await live(3, 1, DAY_SECONDS));
  const many: Lived[] = [];
  for (let run = 0; run < RUNS; run += 1) many.push(await live(MANY_ROUTERS, MANY_VIRTUAL_ROUTERS, MANY_SECONDS));
  const fewer = await live(MANY_ROUTERS / 4, MANY_VIRTUAL_ROUTERS, MANY_SECONDS * 4);
  return [
    rate('a day of 3 routers with one VRID, 1 s interval, judged', days, DAY_SECONDS, 100_000),
    rate('200 routers with 50 VRIDs on one LAN, 1 s interval, judged', many, MANY_SECONDS, 100),
    {
      name: 'a frame delivered among 200 routers beside one among 50',
      value: median(many.map(perFrame)) / perFrame(fewer),
      unit: 'x',
      aim: { comparison: 'at most', value: 1.5 },
      details: `${(median(many.map(perFrame)) * 1e9).toFixed(0)} ns and ${(perFrame(fewer) * 1e9).toFixed(0)} ns`,
    },
  ];
}

function perFrame({ seconds, frames }: Lived): number {
  return seconds / frames;
}

function rate(name: string, runs: readonly Lived[], virtualSeconds: number, aim: number): BenchResult {
  const seconds = median(runs.map((run) => run.seconds));
  const { frames, observation } = runs[0]!;
  const tenures = observation.virtualRouters.reduce((sum, { timeline }) => sum + timeline.length, 0);
  return {
    name,
    value: virtualSeconds / seconds,
    unit: 'x',
    aim: { comparison: 'at least', value: aim },
    details: `${frames.toLocaleString('en')} frames at ports in ${seconds.toFixed(2)} s, ${((seconds / frames) * 1e9).toFixed(0)} ns each; ${tenures} tenures, ${observation.findings.length} findings`,
  };
}

/** Lets routers that all take part in so many virtual routers start together, and live for so many seconds. */
async function live(routers: number, virtualRouters: number, virtualSeconds: number): Promise<Lived> {
  const begin = process.hrtime.bigint();
  const topology = lanOf(routers, virtualRouters);
  const intent = {
    virtualRouters: topology.nodes.flatMap((node) => (node.kind === 'router' ? node.virtualRouters : [])),
  };
  const observer = createObserver({ profile: 'rfc9568', intent, realTime: true });
  let frames = 0;
  const listener: StageListener = {
    origin: (origin) => observer.origin(origin),
    interface: (index, description) => observer.interface(index, description),
    event: (event) => observer.event(event),
    frame(record) {
      frames += 1;
      observer.frame(record);
    },
  };
  const set = await createSimulation().build(topology, listener, { seed: 1 });
  for (const { name } of topology.nodes) await set.perform({ kind: 'start', router: name });
  await set.advance(virtualSeconds * SECOND_NS);
  await set.close();
  const observation = observer.finish();
  return { seconds: Number(process.hrtime.bigint() - begin) / 1e9, frames, observation };
}

/** Routers whose preference differs from virtual router to virtual router. */
function lanOf(routers: number, virtualRouters: number): Topology {
  const ids = Array.from({ length: virtualRouters }, (_, index) => index + 1);
  return {
    lans: [{ name: 'lan', fabric: 'wire' }],
    nodes: Array.from({ length: routers }, (_, index) => {
      const name = `r${index + 1}`;
      const intents = ids.map(
        (virtualRouterId): VirtualRouterIntent => ({
          router: name,
          lan: 'lan',
          virtualRouterId,
          version: 3,
          family: 'ipv4',
          priority: 1 + ((index + virtualRouterId) % 254),
          advertisementIntervalNs: SECOND_NS,
          acceptMode: true,
          addresses: [`10.0.1.${virtualRouterId}`],
        }),
      );
      return {
        kind: 'router',
        name,
        ports: [
          {
            lan: 'lan',
            interfaceName: 'eth0',
            macAddress: `02:00:00:00:00:${(index + 1).toString(16).padStart(2, '0')}`,
            addresses: [`10.0.0.${index + 1}/23`],
          },
        ],
        implementation: 'native',
        virtualRouters: intents,
        forwarding: true,
      };
    }),
  };
}
