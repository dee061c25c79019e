import { existsSync, mkdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../capture/event.ts';
import { createSessionClock } from '../../linux/clock.ts';
import { NAMESPACE_FOLDER } from '../../linux/namespace.ts';
import type { StageSummary } from '../../stage/stage.ts';
import type { NodeDescription } from '../../stage/topology.ts';
import type { BuildRequest, OutsidePort, WireAction } from '../channel/protocol.ts';
import { listPorts } from '../port-list.ts';
import { type BuiltPort, buildFabric, type Fabric } from './fabric.ts';
import type { NamespacePool, PooledNamespace } from './namespace-pool.ts';
import { prepareNode, raiseNode } from './node.ts';
import { killAll } from './process-tree.ts';
import { createRouterProcess } from './router-process.ts';
import { type BuiltNode, createActions } from './set-actions.ts';
import type { UsageMeter } from './usage.ts';
import type { Workers } from './workers.ts';

/** A set as the server holds it. */
export interface ServerSet {
  perform(action: WireAction): Promise<void>;
  /** Gives the nodes' namespaces the nodes' names for `ip netns`, and says where each namespace is. */
  nameMachines(): Record<string, string>;
  /** Takes it down; frames until here have been written to the channel when it resolves. */
  close(): Promise<StageSummary>;
}

/** What a set is built with. */
export interface ServerSetParts {
  readonly request: BuildRequest;
  readonly pool: NamespacePool;
  readonly workers: Workers;
  readonly meter: UsageMeter;
  /** A folder that the set may make and use. */
  readonly folder: string;
  emit(event: RunEvent): void;
}

/** Undoes what was built, last first. */
interface Undo {
  add(step: () => void | Promise<void>): void;
  run(): Promise<void>;
}

function createUndo(): Undo {
  const steps: (() => void | Promise<void>)[] = [];
  return {
    add: (step) => void steps.push(step),
    async run() {
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) await step();
    },
  };
}

/** Namespaces of a set, from the pool, and back to it. */
async function acquireHomes(
  pool: NamespacePool,
  descriptions: readonly NodeDescription[],
  nodes: ReadonlyMap<string, BuiltNode>,
  touched: ReadonlySet<PooledNamespace>,
  undo: Undo,
): Promise<{ fabricHome: PooledNamespace; homes: Map<string, PooledNamespace> }> {
  const fabricHome = await pool.acquire('fabric');
  undo.add(() => pool.release(fabricHome, { router: false, discard: touched.has(fabricHome) }));
  const homes = new Map<string, PooledNamespace>();
  for (const description of descriptions) {
    const home = await pool.acquire('node');
    homes.set(description.name, home);
    undo.add(() => {
      const router = nodes.get(description.name)?.router?.wasStarted() ?? false;
      const ownConfiguration = router && description.kind === 'router' && description.configuration !== undefined;
      pool.release(home, { router, discard: ownConfiguration || touched.has(home) });
    });
  }
  return { fabricHome, homes };
}

function outsidePortOf(outside: readonly OutsidePort[], node: string, lan: string): OutsidePort | undefined {
  return outside.find((one) => one.node === node && one.lan === lan);
}

/** Begins to carry and to capture frames. When it is undone, `lost` is told what the wire lost though no fault said so. */
async function beginTraffic(
  { request, workers }: ServerSetParts,
  fabric: Fabric,
  undo: Undo,
  lost: (frames: number) => void,
): Promise<void> {
  const { set, seed, originUnixNanoseconds, outside } = request;
  const isOutside = ({ node, port }: BuiltPort): boolean => outsidePortOf(outside, node.name, port.lan) !== undefined;
  const namespacePath = fabric.home.namespace.path;
  undo.add(() => workers.capture.call({ kind: 'end', set }));
  await workers.capture.call({
    kind: 'begin',
    set,
    namespacePath,
    originUnixNanoseconds,
    ports: fabric.ports
      .filter((port) => !isOutside(port))
      .map(({ fabricIndex, index }) => [fabricIndex, index] as const),
    routerLinks: fabric.ports
      .filter((port) => port.node.kind === 'router' && !isOutside(port))
      .map(({ fabricIndex }) => fabricIndex),
    outside: fabric.ports.flatMap(({ node, port, index }) => {
      const found = outsidePortOf(outside, node.name, port.lan);
      if (found === undefined) return [];
      return [{ descriptor: found.capture, hostInterfaceIndex: found.interfaceIndex, port: index }];
    }),
  });
  // Where there is no wire, there may be probes, which the same worker sends.
  undo.add(async () => lost(await workers.endWire(set)));
  for (const { node, port, nodeNamespace, nodeIndex } of fabric.ports.filter(isOutside)) {
    const { relay, interfaceIndex } = outsidePortOf(outside, node.name, port.lan)!;
    await workers.wire().call({
      kind: 'begin-relay',
      set,
      descriptor: relay,
      hostInterfaceIndex: interfaceIndex,
      namespacePath: nodeNamespace.namespace.path,
      interfaceIndex: nodeIndex,
    });
  }
  const wired = fabric.ports.filter((port) => port.fabric === 'wire');
  if (wired.length === 0) return;
  const ports = wired.map(({ fabricIndex, node, port }) => ({
    interfaceIndex: fabricIndex,
    node: node.name,
    lan: port.lan,
  }));
  await workers.wire().call({ kind: 'begin', set, namespacePath, ports, seed });
}

/**
 * Builds LANs, ports and nodes, and begins to capture. No router is started.
 * @throws LinuxError or Error; then nothing of the set is left
 */
export async function buildServerSet(parts: ServerSetParts): Promise<ServerSet> {
  const { request, pool, meter, folder, emit } = parts;
  const { topology } = request;
  const clock = createSessionClock({ unixNanoseconds: BigInt(request.originUnixNanoseconds) });
  const undo = createUndo();
  const nodes = new Map<string, BuiltNode>();
  const touched = new Set<PooledNamespace>();
  let wireOverflows = 0;

  function buildNode(description: NodeDescription, home: PooledNamespace, fabric: Fabric): BuiltNode {
    const ports = fabric.portsOf(description.name);
    const launch = request.launches[description.name];
    const links = launch?.links ?? [];
    prepareNode(home, description, ports, links);
    if (!launch) return { description, home, ports, links, router: undefined, powered: true, sender: undefined };
    const nodeFolder = join(folder, description.name);
    mkdirSync(nodeFolder, { recursive: true });
    const router = createRouterProcess({
      name: description.name,
      launch,
      folder: nodeFolder,
      namespace: home.namespace,
      now: () => clock.now(),
      emit,
      started: (pids) => meter.started(pids),
      watch: (pids) => parts.workers.capture.call({ kind: 'watch', set: request.set, router: description.name, pids }),
    });
    return { description, home, ports, links, router, powered: true, sender: undefined };
  }

  async function build(): Promise<Fabric> {
    const { fabricHome, homes } = await acquireHomes(pool, topology.nodes, nodes, touched, undo);
    undo.add(() => meter.tearDown(() => rmSync(folder, { recursive: true, force: true })));
    const relayedLans = new Set(request.outside.map(({ lan }) => lan));
    const fabric = meter.setUp(() => buildFabric(fabricHome, topology.lans, listPorts(topology), homes, relayedLans));
    undo.add(() => meter.tearDown(() => fabric.remove()));
    // The capture is there before the first interface is up: it misses nothing.
    await beginTraffic(parts, fabric, undo, (frames) => {
      wireOverflows = frames;
    });
    meter.setUp(() => {
      for (const description of topology.nodes) {
        nodes.set(description.name, buildNode(description, homes.get(description.name)!, fabric));
      }
      for (const { home, description, ports, links } of nodes.values()) raiseNode(home, description, ports, links);
    });
    // Whoever sends for a set does so at once: its thread is there before the first set is played.
    await Promise.all([fabric.ready(), parts.workers.wire().ready]);
    return fabric;
  }

  const fabric = await build().catch(async (error: unknown) => {
    await undo.run();
    throw error;
  });
  const actions = createActions({ ...parts, set: request.set, clock, fabric, nodes, touched });
  const routers = [...nodes].flatMap(([name, { router }]) => (router ? [[name, router] as const] : []));

  return {
    perform: actions.perform,
    nameMachines() {
      const machines = [...nodes].map(([name, { home }]) => [name, home.namespace.path] as const);
      for (const [name, path] of machines) {
        const link = join(NAMESPACE_FOLDER, name);
        // A node may be called as one of our own namespaces is.
        if (existsSync(link)) continue;
        symlinkSync(path, link);
        undo.add(() => unlinkSync(link));
      }
      return Object.fromEntries(machines);
    },
    async close() {
      for (const [, router] of routers) router.expectEnd();
      meter.tearDown(() => killAll([...nodes.values()].map(({ home }) => home.namespace)));
      await Promise.all(routers.map(([, router]) => router.ended()));
      await actions.close();
      await undo.run();
      return {
        // What the capture lost comes with its last message.
        droppedFrames: 0,
        wireOverflows,
        logs: Object.fromEntries(routers.map(([name, router]) => [name, router.logs()])),
        configurations: Object.fromEntries(routers.map(([name, router]) => [name, router.configuration()])),
      };
    },
  };
}
