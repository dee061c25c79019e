import { SECOND } from '../capture/time.ts';
import type { Probe } from '../stage/action.ts';
import { nodeAddresses } from './addresses.ts';
import { compileCommand } from './compile-command.ts';
import { compileCondition, describeCondition } from './compile-condition.ts';
import { compileFault } from './compile-fault.ts';
import { compileReload } from './compile-reload.ts';
import { compileAnswer, compileSend, compileStream, describeFrames } from './compile-send.ts';
import type { Cast, Scene } from './compile-topology.ts';
import { requireName, termValue } from './compile-values.ts';
import { parseDuration } from './duration.ts';
import type { PlanStep, SerialisableAction } from './plan.ts';
import { DocumentError, type DocumentPath } from './problem.ts';
import type { AwaitDocument, StepDocument } from './schema.ts';
import type { AnswerDocument, KeepSendingDocument } from './schema-send.ts';
import { VARIANT_FACTS } from './variant.ts';

/** Actions on whole routers, as they are written. */
const ROUTER_KEYS = ['start', 'stop', 'kill', 'freeze', 'thaw'] as const;
const NODE_KEYS = ['power-off', 'power-on'] as const;
const CABLE_KEYS = ['pull-cable', 'plug-cable', 'remove-interface', 'restore-interface'] as const;

/** What steps leave behind for later ones: which faults and probes are going on, and every probe that was. */
interface Progress {
  readonly scene: Scene;
  readonly cast: Cast;
  readonly openFaults: string[];
  readonly openProbes: string[];
  readonly openStreams: string[];
  readonly probes: Map<string, Probe>;
}

type StepBody = PlanStep extends infer Step ? (Step extends PlanStep ? Omit<Step, 'label' | 'line'> : never) : never;

/** Every step of a document, and the probes that they begin. */
export function compileSteps(
  scene: Scene,
  cast: Cast,
): {
  readonly steps: readonly PlanStep[];
  readonly probes: ReadonlyMap<string, Probe>;
} {
  const progress: Progress = { scene, cast, openFaults: [], openProbes: [], openStreams: [], probes: new Map() };
  const steps = scene.document.steps.map((step, index): PlanStep => {
    const body = compileStep(progress, step, ['steps', index]);
    return typeof step === 'string' || step.as === undefined ? body : { ...body, label: step.as };
  });
  return { steps, probes: progress.probes };
}

function compileStep(progress: Progress, step: StepDocument, path: DocumentPath): StepBody {
  const { scene } = progress;
  if (typeof step === 'string') return endOnly(progress, step, path);
  for (const key of ROUTER_KEYS) {
    const said = step[key];
    if (said === undefined) continue;
    const routers = listed(said).map((name) => requireName(name, scene.routers, 'router', [...path, key]));
    return perform(
      `${key} ${routers.join(', ')}`,
      routers.map((router) => ({ kind: key, router })),
    );
  }
  for (const key of NODE_KEYS) {
    const said = step[key];
    if (said === undefined) continue;
    const nodes = listed(said).map((name) => requireName(name, scene.nodes, 'node', [...path, key]));
    return perform(
      `${key} ${nodes.join(', ')}`,
      nodes.map((node) => ({ kind: key, node })),
    );
  }
  for (const key of CABLE_KEYS) {
    const said = step[key];
    if (said !== undefined) return compileCable(scene, key, said, [...path, key]);
  }
  if (step.reload !== undefined) return compileReload(scene, progress.cast, step.reload, [...path, 'reload']);
  if (step.command !== undefined) return compileCommand(scene, step.command, [...path, 'command']);
  if (step.fault !== undefined) {
    const fault = compileFault(scene, step.fault, [...path, 'fault'], progress.openFaults.length);
    progress.openFaults.push(fault.name);
    return perform(`fault ${fault.name}`, [{ kind: 'begin-fault', fault }]);
  }
  if (step['end-fault'] !== undefined) return endFault(progress, step['end-fault'], [...path, 'end-fault']);
  if (step.send !== undefined) {
    const { send, forNs } = compileSend(scene, step.send, numberOf(path), [...path, 'send']);
    return { kind: 'send', text: `send ${describeFrames(send.frames, send.count)} from ${send.node}`, send, forNs };
  }
  if (step['keep-sending'] !== undefined) return keepSending(progress, step['keep-sending'], path);
  if (step['end-sending'] !== undefined) return endSending(progress, step['end-sending'], [...path, 'end-sending']);
  if (step.answer !== undefined) return answer(scene, step.answer ?? {}, [...path, 'answer']);
  if (step.await !== undefined) return compileAwait(scene, step.await, [...path, 'await']);
  if (step.probe !== undefined) return beginProbe(progress, step.probe ?? {}, [...path, 'probe']);
  if (step['end-probe'] !== undefined) return endProbe(progress, step['end-probe'], [...path, 'end-probe']);
  if (step.pause !== undefined) {
    return { kind: 'pause', text: `pause ${step.pause}`, forNs: termValue(scene, step.pause, [...path, 'pause']) };
  }
  return perform(`note ${step.note}`, [{ kind: 'note', text: step.note ?? '' }]);
}

function listed(said: string | readonly string[]): readonly string[] {
  return typeof said === 'string' ? [said] : said;
}

function perform(text: string, actions: readonly SerialisableAction[]): StepBody {
  return { kind: 'perform', text, actions };
}

type CableDocument = NonNullable<Exclude<StepDocument, string>['pull-cable']>;

function compileCable(
  scene: Scene,
  key: (typeof CABLE_KEYS)[number],
  said: CableDocument,
  path: DocumentPath,
): StepBody {
  const one = typeof said === 'object' && !Array.isArray(said) ? said : undefined;
  const nodes = one === undefined ? listed(said as string | string[]) : [one.node];
  const lan = requireName(one?.lan ?? scene.lans[0]!, scene.lans, 'LAN', path);
  for (const node of nodes) requireName(node, scene.nodes, 'node', path);
  return perform(
    `${key} ${nodes.join(', ')}`,
    nodes.map((node) => ({ kind: key, node, lan })),
  );
}

function compileAwait(scene: Scene, said: AwaitDocument, path: DocumentPath): StepBody {
  const condition = compileCondition(scene, said, path);
  const within = said.within ?? '3 * active-down-interval + 5s';
  return {
    kind: 'await',
    text: `await ${describeCondition(condition)}`,
    condition,
    withinNs: termValue(scene, within, [...path, 'within']),
  };
}

type ProbeDocument = NonNullable<Exclude<StepDocument, string>['probe']>;

function beginProbe(progress: Progress, said: ProbeDocument, path: DocumentPath): StepBody {
  const { scene } = progress;
  if (scene.hosts.length === 0) throw new DocumentError(path, 'a probe needs a host; expected one under hosts');
  const name = said.name ?? (progress.probes.size === 0 ? 'probe' : `probe${progress.probes.size + 1}`);
  if (progress.probes.has(name)) throw new DocumentError(path, `the name '${name}' was given to another probe`);
  const from = requireName(said.from ?? scene.hosts[0]!, scene.hosts, 'host', [...path, 'from']);
  const intervalNs = parseDuration(said.every ?? '1ms')!;
  if (intervalNs < 100_000 || intervalNs > 10 * SECOND) {
    throw new DocumentError([...path, 'every'], 'expected 0.1ms to 10s between two requests');
  }
  const probe: Probe = { name, from, to: probedAddress(scene, said.to, [...path, 'to']), intervalNs };
  progress.probes.set(name, probe);
  progress.openProbes.push(name);
  return perform(`probe ${probe.to} from ${from}`, [{ kind: 'begin-probe', probe }]);
}

function probedAddress(scene: Scene, to: string | undefined, path: DocumentPath): string {
  const { family } = VARIANT_FACTS[scene.variant];
  if (to === undefined) {
    const { addresses } = scene.virtualRouters[0]!;
    return addresses.find((address) => !address.startsWith('fe80:')) ?? addresses[0]!;
  }
  if (/[.:]/.test(to)) return to;
  requireName(to, scene.nodes, 'node', path);
  return nodeAddresses(family, 1, scene.nodes.indexOf(to) + 1)
    .at(-1)!
    .split('/')[0]!;
}

/** What a step's packets are known by: its place among the steps, from 1. */
function numberOf(path: DocumentPath): number {
  return Number(path[1]) + 1;
}

function keepSending(progress: Progress, said: KeepSendingDocument, path: DocumentPath): StepBody {
  const { openStreams, scene } = progress;
  const name = said.name ?? `stream${numberOf(path)}`;
  if (openStreams.includes(name)) throw new DocumentError(path, `the name '${name}' was given to another stream`);
  const send = compileStream(scene, said, numberOf(path), [...path, 'keep-sending']);
  openStreams.push(name);
  return {
    kind: 'keep-sending',
    text: `keep-sending ${describeFrames(send.frames)} from ${send.node}`,
    name,
    send,
  };
}

function answer(scene: Scene, said: AnswerDocument, path: DocumentPath): StepBody {
  const answerer = compileAnswer(scene, said, path);
  const text = `answer for ${answerer.addresses.join(', ')} at ${answerer.node}`;
  return perform(text, [{ kind: 'begin-answering', answerer }]);
}

function endSending({ openStreams }: Progress, name: string, path: DocumentPath): StepBody {
  requireName(name, openStreams, 'stream going on that is called', path);
  openStreams.splice(openStreams.indexOf(name), 1);
  return perform(`end-sending ${name}`, [{ kind: 'end-stream', name }]);
}

function endOnly(progress: Progress, step: 'end-probe' | 'end-fault' | 'end-sending', path: DocumentPath): StepBody {
  const openOf = {
    'end-probe': progress.openProbes,
    'end-fault': progress.openFaults,
    'end-sending': progress.openStreams,
  };
  const open = openOf[step];
  if (open.length !== 1) {
    const there = open.length === 0 ? 'there is none here' : `there are ${open.join(', ')}`;
    throw new DocumentError(path, `${step} needs a name unless exactly one is going on; ${there}`);
  }
  const ends = { 'end-probe': endProbe, 'end-fault': endFault, 'end-sending': endSending };
  return ends[step](progress, open[0]!, path);
}

function endProbe(progress: Progress, name: string, path: DocumentPath): StepBody {
  requireName(name, progress.openProbes, 'probe going on that is called', path);
  progress.openProbes.splice(progress.openProbes.indexOf(name), 1);
  return perform(`end-probe ${name}`, [{ kind: 'end-probe', name }]);
}

function endFault(progress: Progress, name: string, path: DocumentPath): StepBody {
  requireName(name, progress.openFaults, 'fault going on that is called', path);
  progress.openFaults.splice(progress.openFaults.indexOf(name), 1);
  return perform(`end-fault ${name}`, [{ kind: 'end-fault', name }]);
}
