import type { RunEvent } from '../capture/event.ts';
import { DIRECTION_OUT } from '../capture/frame.ts';
import type { TimeOrigin } from '../capture/time.ts';
import { describeFault } from '../fabric/describe-fault.ts';
import type { FrameStream, StageAction } from '../stage/action.ts';
import { StageError, type StageListener, type StageSet } from '../stage/stage.ts';
import type { Topology } from '../stage/topology.ts';
import { type Appointment, createClock } from './clock.ts';
import { createNode, type Node } from './node.ts';
import type { ProtocolWatcher } from './protocol-watcher.ts';
import type { Router } from './router.ts';
import { createWires } from './switch.ts';
import { createTap } from './tap.ts';

/** When every simulation begins: 2026-01-01T00:00:00Z, so that the same seed gives the same capture. */
export const SIMULATION_ORIGIN: TimeOrigin = { unixNanoseconds: 1_767_225_600_000_000_000n };

/** Builds the nodes and their LANs; time stands at 0 and passes in `advance` alone. */
export function createSimulationSet(
  topology: Topology,
  listener: StageListener,
  seed: number,
  watcher?: ProtocolWatcher,
): StageSet {
  const clock = createClock();
  const tap = createTap(listener);
  const network = createWires(topology, clock, tap, seed);
  const nodes = new Map<string, Node>();
  const probes = new Map<string, Node>();
  const streams = new Map<string, Appointment | undefined>();
  let lastProbe = 0;
  let isClosed = false;
  const emit = (event: RunEvent) => tap.event(event);

  for (const description of topology.nodes) {
    nodes.set(description.name, createNode({ clock, network, description, emit, seed, watcher }));
  }

  const nodeOf = (name: string): Node => {
    const node = nodes.get(name);
    if (node === undefined) throw new StageError(`there is no node '${name}'`);
    return node;
  };

  const routerOf = (name: string): Router => {
    const { router } = nodeOf(name);
    if (router === undefined) throw new StageError(`'${name}' is not a router`);
    return router;
  };

  const start = (name: string): void => {
    if (!nodeOf(name).hasPower()) throw new StageError(`router '${name}' has no power`);
    routerOf(name).start();
  };

  const setPower = (name: string, on: boolean): void => {
    const node = nodeOf(name);
    if (node.hasPower() === on) throw new StageError(`'${name}' has ${on ? '' : 'no '}power already`);
    emit({ kind: on ? 'power-on' : 'power-off', timeNs: clock.now(), node: name });
    node.setPower(on);
    for (const [probe, from] of probes) if (from === node) probes.delete(probe);
  };

  const setCable = (name: string, lan: string, plugged: boolean): void => {
    const node = nodeOf(name);
    network.port(name, lan);
    emit({ kind: plugged ? 'cable-plugged' : 'cable-pulled', timeNs: clock.now(), node: name, lan });
    node.setCable(lan, plugged);
  };

  const beginProbe = ({ probe }: Extract<StageAction, { kind: 'begin-probe' }>): void => {
    const node = nodeOf(probe.from);
    if (node.host === undefined) throw new StageError(`'${probe.from}' is not a host`);
    if (probes.has(probe.name)) throw new StageError(`a probe named '${probe.name}' is under way already`);
    lastProbe += 1;
    probes.set(probe.name, node);
    emit({ kind: 'probe-began', timeNs: clock.now(), probe: probe.name, identifier: lastProbe });
    node.host.beginProbe(probe, lastProbe);
  };

  const endProbe = (name: string): void => {
    const node = probes.get(name);
    if (node === undefined) throw new StageError(`no probe named '${name}' is under way`);
    probes.delete(name);
    node.host?.endProbe(name);
    emit({ kind: 'probe-ended', timeNs: clock.now(), probe: name });
  };

  const sendFrame = ({ node, lan, direction, bytes }: Extract<StageAction, { kind: 'send-frame' }>): void => {
    const port = network.port(node, lan);
    if (!port.powered || !port.plugged)
      throw new StageError(`the frame could not be sent: the link of '${node}' is down`);
    if (direction === DIRECTION_OUT) network.transmit(port, bytes.slice());
    else network.deliver(port, bytes.slice());
  };

  /** What is due at a link that is down is lost. */
  const sendOfStream = (stream: FrameStream, position: number, dueNs: number): void => {
    const { name, node, lan, frames, intervalNs, count } = stream;
    const port = network.port(node, lan);
    if (port.powered && port.plugged) network.transmit(port, frames[position % frames.length]!.slice());
    if (position + 1 === count) return;
    const nextNs = dueNs + intervalNs;
    const next = clock.at(nextNs, () => sendOfStream(stream, position + 1, nextNs));
    streams.set(name, next);
  };

  const beginStream = (stream: FrameStream): void => {
    if (streams.has(stream.name)) throw new StageError(`a stream named '${stream.name}' is under way already`);
    if (!(stream.intervalNs > 0)) throw new StageError(`stream '${stream.name}' needs an interval above 0`);
    streams.set(stream.name, undefined);
    sendOfStream(stream, 0, clock.now());
  };

  const endStream = (name: string): void => {
    if (!streams.has(name)) throw new StageError(`no stream named '${name}' is under way`);
    streams.get(name)?.cancel();
    streams.delete(name);
  };

  const perform = (action: StageAction): void => {
    switch (action.kind) {
      case 'start':
        start(action.router);
        break;
      case 'stop':
        routerOf(action.router).stop();
        break;
      case 'kill':
        routerOf(action.router).kill();
        break;
      case 'freeze':
        routerOf(action.router).freeze();
        break;
      case 'thaw':
        routerOf(action.router).thaw();
        break;
      case 'power-off':
        setPower(action.node, false);
        break;
      case 'power-on':
        setPower(action.node, true);
        break;
      case 'pull-cable':
        setCable(action.node, action.lan, false);
        break;
      case 'plug-cable':
        setCable(action.node, action.lan, true);
        break;
      case 'begin-fault':
        network.beginFault(action.fault);
        emit({
          kind: 'fault-began',
          timeNs: clock.now(),
          fault: action.fault.name,
          description: describeFault(action.fault),
        });
        break;
      case 'end-fault':
        network.endFault(action.name);
        emit({
          kind: 'fault-ended',
          timeNs: clock.now(),
          fault: action.name,
          description: `${action.name} is over`,
        });
        break;
      case 'send-frame':
        sendFrame(action);
        break;
      case 'begin-stream':
        beginStream(action.stream);
        break;
      case 'end-stream':
        endStream(action.name);
        break;
      case 'begin-probe':
        beginProbe(action);
        break;
      case 'end-probe':
        endProbe(action.name);
        break;
      case 'reload':
      case 'run-command':
      case 'remove-interface':
      case 'restore-interface':
      case 'begin-answering':
      case 'begin-connection':
      case 'end-connection':
        throw new StageError(`the simulation cannot ${action.kind}`, 'play this scenario in the lab');
      case 'note':
        emit({ kind: 'note', timeNs: clock.now(), text: action.text });
        break;
    }
  };

  const requireOpen = (): void => {
    if (isClosed) throw new StageError('the set is closed');
  };

  return {
    origin: SIMULATION_ORIGIN,
    intent: {
      virtualRouters: topology.nodes.flatMap((node) => (node.kind === 'router' ? node.virtualRouters : [])),
    },
    now: () => clock.now(),
    async perform(action) {
      requireOpen();
      perform(action);
    },
    async advance(deadlineNs, predicate) {
      requireOpen();
      if (!Number.isFinite(deadlineNs)) throw new StageError(`time cannot pass until ${deadlineNs}`);
      tap.watch(predicate);
      while (!tap.isReached()) {
        if (clock.runNext(deadlineNs)) continue;
        clock.passUntil(deadlineNs);
        break;
      }
      const reached = tap.isReached();
      tap.watch(undefined);
      return reached ? 'reached' : 'deadline';
    },
    async close() {
      isClosed = true;
      const routers = [...nodes.values()].flatMap(({ name, router }) =>
        router === undefined ? [] : ([[name, router]] as const),
      );
      return {
        droppedFrames: 0,
        wireOverflows: network.overflows(),
        logs: Object.fromEntries(routers.map(([name, { log }]) => [name, [...log]])),
        configurations: {},
      };
    },
  };
}
