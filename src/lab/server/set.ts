import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../capture/event.ts';
import { DIRECTION_IN } from '../../capture/frame.ts';
import { createSessionClock } from '../../linux/clock.ts';
import { openPacketSocket, type PacketSocket } from '../../linux/packet-socket.ts';
import { StageError, type StageSummary } from '../../stage/stage.ts';
import type { NodeDescription } from '../../stage/topology.ts';
import type { BuildRequest, WireAction } from '../channel/protocol.ts';
import { listPorts } from '../port-list.ts';
import { describeFault } from './describe-fault.ts';
import { type BuiltPort, buildFabric, type Fabric } from './fabric.ts';
import type { NamespacePool, PooledNamespace } from './namespace-pool.ts';
import { configureNode, configurePort } from './node.ts';
import { killAll } from './process-tree.ts';
import { createRouterProcess, type RouterProcess } from './router-process.ts';
import type { Workers } from './workers.ts';

/** A set as the server holds it. */
export interface ServerSet {
  perform(action: WireAction): Promise<void>;
  /** Takes it down; frames until here have been written to the channel when it resolves. */
  close(): Promise<StageSummary>;
  /** Passes on what concerns every set, at a time of CLOCK_REALTIME (nanoseconds since 1970). */
  eventAt(realtimeNs: bigint, make: (timeNs: number) => RunEvent): void;
}

/** What a set is built with. */
export interface ServerSetParts {
  readonly request: BuildRequest;
  readonly pool: NamespacePool;
  readonly workers: Workers;
  /** An empty folder that the set may use. */
  readonly folder: string;
  emit(event: RunEvent): void;
}

interface BuiltNode {
  readonly description: NodeDescription;
  readonly home: PooledNamespace;
  readonly ports: readonly BuiltPort[];
  readonly router: RouterProcess | undefined;
  powered: boolean;
  /** For sending crafted frames; opened with the first. */
  sender: PacketSocket | undefined;
}

/**
 * Builds LANs, ports and nodes, and begins to capture. No router is started.
 * @throws LinuxError or Error; then nothing of the set is left
 */
export async function buildServerSet(parts: ServerSetParts): Promise<ServerSet> {
  const { request, pool, workers, folder, emit } = parts;
  const { topology, set } = request;
  const clock = createSessionClock({ unixNanoseconds: BigInt(request.originUnixNanoseconds) });
  const numbered = listPorts(topology);
  const homes = new Map<string, PooledNamespace>();
  const fabricHome = await pool.acquire('fabric');
  for (const { name } of topology.nodes) homes.set(name, await pool.acquire('node'));

  const nodes = new Map<string, BuiltNode>();
  let fabric: Fabric | undefined;
  let fabricSender: PacketSocket | undefined;
  const wiredPorts = numbered.filter((port) => port.fabric === 'wire');
  let usesWorker = false;
  let lastProbe = 0;
  const probes = new Map<string, PooledNamespace>();

  async function dismantle(): Promise<void> {
    for (const home of homes.values()) killAll(home.namespace);
    if (usesWorker) await workers.wire().call({ kind: 'end', set });
    await Promise.all(
      [fabricSender, ...[...nodes.values()].map(({ sender }) => sender)].map((socket) => socket?.closeAsync()),
    );
    await fabric?.remove();
    pool.release(fabricHome, { router: false, discard: false });
    for (const { name, ...node } of topology.nodes) {
      const home = homes.get(name);
      const router = node.kind === 'router';
      if (home) pool.release(home, { router, discard: router && node.configuration !== undefined });
    }
    rmSync(folder, { recursive: true, force: true });
  }

  function buildNode(description: NodeDescription, built: Fabric): BuiltNode {
    const home = homes.get(description.name)!;
    const ports = built.ports.filter(({ node }) => node.name === description.name);
    for (const port of ports) configurePort(home, description, port.port);
    configureNode(home, description);
    const launch = request.launches[description.name];
    const nodeFolder = join(folder, description.name);
    mkdirSync(nodeFolder, { recursive: true });
    const router = launch
      ? createRouterProcess({
          name: description.name,
          launch,
          folder: nodeFolder,
          namespace: home.namespace,
          now: () => clock.now(),
          emit,
        })
      : undefined;
    return { description, home, ports, router, powered: true, sender: undefined };
  }

  async function build(): Promise<Fabric> {
    fabric = buildFabric(fabricHome, topology.lans, numbered, homes);
    // The capture sees everything from the first frame of a node's kernel on.
    await workers.capture.call({
      kind: 'begin',
      set,
      namespacePath: fabricHome.namespace.path,
      originUnixNanoseconds: request.originUnixNanoseconds,
      ports: fabric.ports.map(({ fabricIndex, index }) => [fabricIndex, index] as const),
    });
    if (wiredPorts.length > 0) {
      usesWorker = true;
      await workers.wire().call({
        kind: 'begin',
        set,
        namespacePath: fabricHome.namespace.path,
        ports: fabric.ports
          .filter((port) => port.fabric === 'wire')
          .map(({ fabricIndex, node, port }) => ({ interfaceIndex: fabricIndex, node: node.name, lan: port.lan })),
        seed: request.seed,
      });
    }
    for (const description of topology.nodes) nodes.set(description.name, buildNode(description, fabric));
    return fabric;
  }

  let built: Fabric;
  try {
    built = await build();
  } catch (error) {
    await workers.capture.call({ kind: 'end', set }).catch(() => {});
    await dismantle().catch(() => {});
    throw error;
  }

  function nodeOf(name: string): BuiltNode {
    const node = nodes.get(name);
    if (!node) throw new StageError(`there is no node '${name}'`);
    return node;
  }

  function routerOf(name: string): RouterProcess {
    const { router } = nodeOf(name);
    if (!router) throw new StageError(`'${name}' is not a router`);
    return router;
  }

  function portOf(nodeName: string, lan: string): BuiltPort {
    const port = nodeOf(nodeName).ports.find((candidate) => candidate.port.lan === lan);
    if (!port) throw new StageError(`node '${nodeName}' has no port on LAN '${lan}'`);
    return port;
  }

  async function setLink(port: BuiltPort, up: boolean): Promise<void> {
    built.setLink(port, up);
    if (!up && port.fabric === 'wire') {
      await workers.wire().call({ kind: 'forget', set, interfaceIndex: port.fabricIndex });
    }
  }

  async function cutPower(name: string): Promise<void> {
    const node = nodeOf(name);
    if (!node.powered) throw new StageError(`'${name}' has no power already`);
    node.powered = false;
    const timeNs = clock.now();
    const bury = node.router?.cutPower();
    // The fabric's ends first: nothing leaves the node from here on.
    for (const port of node.ports) built.setLink(port, false);
    emit({ kind: 'power-off', timeNs, node: name });
    await bury?.();
    for (const port of node.ports) await setLink(port, false);
  }

  async function givePower(name: string): Promise<void> {
    const node = nodeOf(name);
    if (node.powered) throw new StageError(`'${name}' has power already`);
    await node.sender?.closeAsync();
    node.sender = undefined;
    // A machine that starts has nothing of what it knew: its interface, with all that hung on it, is made anew.
    for (const port of node.ports) {
      built.rebuild(port);
      configurePort(node.home, node.description, port.port);
    }
    await pool.restore(node.home);
    configureNode(node.home, node.description);
    node.powered = true;
    const timeNs = clock.now();
    for (const port of node.ports) built.setLink(port, true);
    emit({ kind: 'power-on', timeNs, node: name });
  }

  async function beginProbe({ probe }: Extract<WireAction, { kind: 'begin-probe' }>): Promise<void> {
    const node = nodeOf(probe.from);
    if (probes.has(probe.name)) throw new StageError(`a probe named '${probe.name}' is under way already`);
    const firstPort = node.ports[0];
    const linkLocal = /^fe[89ab]/i.test(probe.to) && firstPort !== undefined;
    usesWorker = true;
    lastProbe += 1;
    const timeNs = clock.now();
    await workers.wire().call({
      kind: 'begin-probe',
      set,
      name: probe.name,
      namespacePath: node.home.namespace.path,
      to: probe.to,
      interfaceIndex: linkLocal ? node.home.route.indexOf(firstPort.port.interfaceName) : 0,
      intervalNs: probe.intervalNs,
      identifier: lastProbe,
    });
    probes.set(probe.name, node.home);
    emit({ kind: 'probe-began', timeNs, probe: probe.name, identifier: lastProbe });
  }

  async function endProbe(name: string): Promise<void> {
    if (!probes.delete(name)) throw new StageError(`no probe named '${name}' is under way`);
    await workers.wire().call({ kind: 'end-probe', set, name });
    emit({ kind: 'probe-ended', timeNs: clock.now(), probe: name });
  }

  async function beginFault({ fault }: Extract<WireAction, { kind: 'begin-fault' }>): Promise<void> {
    const port = portOf(fault.node, fault.lan);
    if (port.fabric !== 'wire') {
      throw new StageError(
        `LAN '${fault.lan}' is a kernel bridge, which cannot ${fault.effect.kind} frames`,
        `give LAN '${fault.lan}' the fabric 'wire'`,
      );
    }
    const timeNs = clock.now();
    await workers.wire().call({ kind: 'begin-fault', set, fault });
    emit({ kind: 'fault-began', timeNs, fault: fault.name, description: describeFault(fault) });
  }

  async function endFault(name: string): Promise<void> {
    if (wiredPorts.length === 0) throw new StageError(`no fault named '${name}' is under way`);
    await workers.wire().call({ kind: 'end-fault', set, name });
    emit({ kind: 'fault-ended', timeNs: clock.now(), fault: name, description: `${name} ended` });
  }

  function sendFrame(action: Extract<WireAction, { kind: 'send-frame' }>): void {
    const port = portOf(action.node, action.lan);
    const node = nodeOf(action.node);
    const bytes = Uint8Array.from(Buffer.from(action.hexadecimal, 'hex'));
    const towardsNode = action.direction === DIRECTION_IN;
    const open = (home: PooledNamespace): PacketSocket =>
      openPacketSocket({ namespace: home.namespace, interfaceIndex: 0, protocol: 0 });
    if (towardsNode) fabricSender ??= open(fabricHome);
    else node.sender ??= open(node.home);
    const socket = towardsNode ? fabricSender : node.sender;
    const link = towardsNode ? port.fabricIndex : node.home.route.indexOf(port.port.interfaceName);
    const result = socket?.send(bytes, link);
    if (result !== 'sent')
      throw new StageError(`the frame could not be sent: the link of '${action.node}' is ${result}`);
  }

  async function moveCable(action: Extract<WireAction, { kind: 'pull-cable' | 'plug-cable' }>): Promise<void> {
    const port = portOf(action.node, action.lan);
    const plug = action.kind === 'plug-cable';
    if (plug && !nodeOf(action.node).powered) throw new StageError(`'${action.node}' has no power`);
    const timeNs = clock.now();
    await setLink(port, plug);
    emit({ kind: plug ? 'cable-plugged' : 'cable-pulled', timeNs, node: action.node, lan: action.lan });
  }

  async function perform(action: WireAction): Promise<void> {
    switch (action.kind) {
      case 'start':
        if (!nodeOf(action.router).powered) throw new StageError(`router '${action.router}' has no power`);
        return routerOf(action.router).start();
      case 'stop':
        return routerOf(action.router).stop();
      case 'kill':
        return routerOf(action.router).kill();
      case 'freeze':
        return routerOf(action.router).freeze();
      case 'thaw':
        return routerOf(action.router).thaw();
      case 'power-off':
        return cutPower(action.node);
      case 'power-on':
        return givePower(action.node);
      case 'pull-cable':
      case 'plug-cable':
        return moveCable(action);
      case 'begin-fault':
        return beginFault(action);
      case 'end-fault':
        return endFault(action.name);
      case 'send-frame':
        return sendFrame(action);
      case 'begin-probe':
        return beginProbe(action);
      case 'end-probe':
        return endProbe(action.name);
      case 'note':
        emit({ kind: 'note', timeNs: clock.now(), text: action.text });
        return undefined;
    }
  }

  return {
    perform,
    eventAt(realtimeNs, make) {
      emit(make(Number(realtimeNs - clock.origin.unixNanoseconds)));
    },
    async close() {
      const routers = [...nodes].flatMap(([name, { router }]) => (router ? [[name, router] as const] : []));
      // Power goes first, so that the last frames of a capture are not those of a stage being taken down.
      await Promise.all(routers.map(([, router]) => router.cutPower()()));
      await workers.capture.call({ kind: 'end', set });
      await dismantle();
      return {
        droppedFrames: 0,
        logs: Object.fromEntries(routers.map(([name, router]) => [name, router.logs()])),
        configurations: Object.fromEntries(routers.map(([name, router]) => [name, router.configuration()])),
      };
    },
  };
}
