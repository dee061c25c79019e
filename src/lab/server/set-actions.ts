import type { RunEvent } from '../../capture/event.ts';
import { DIRECTION_IN } from '../../capture/frame.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import { describeFault } from '../../fabric/describe-fault.ts';
import type { SessionClock } from '../../linux/clock.ts';
import { openPacketSocket, type PacketSocket } from '../../linux/packet-socket.ts';
import { StageError } from '../../stage/stage.ts';
import type { NodeDescription } from '../../stage/topology.ts';
import type { WireAction } from '../channel/protocol.ts';
import type { LaunchLink } from '../launch.ts';
import type { WireAnswer } from '../wire/request.ts';
import type { BuiltPort, Fabric } from './fabric.ts';
import { fillInWords, macvlanOf, runMachineCommand } from './machine-command.ts';
import type { NamespacePool, PooledNamespace } from './namespace-pool.ts';
import { isLinkLocal, prepareNode, raiseNode } from './node.ts';
import { freezeAll, killFrozen } from './process-tree.ts';
import type { RouterProcess } from './router-process.ts';
import type { Workers } from './workers.ts';

/** A node as it stands. */
export interface BuiltNode {
  readonly description: NodeDescription;
  readonly home: PooledNamespace;
  readonly ports: readonly BuiltPort[];
  readonly links: readonly LaunchLink[];
  readonly router: RouterProcess | undefined;
  powered: boolean;
  /** For sending crafted frames from it; opened with the first. */
  sender: PacketSocket | undefined;
}

/** What actions work on. */
export interface ActionContext {
  readonly set: number;
  readonly clock: SessionClock;
  readonly fabric: Fabric;
  readonly nodes: ReadonlyMap<string, BuiltNode>;
  readonly pool: NamespacePool;
  /** Namespaces that somebody's own commands were run in: anything may be left there. */
  readonly touched: Set<PooledNamespace>;
  readonly workers: Workers;
  emit(event: RunEvent): void;
}

/** Does what the stage is asked to do on one set. */
export interface SetActions {
  /** @throws StageError, LinuxError */
  perform(action: WireAction): Promise<void>;
  /** Closes what actions opened. */
  close(): Promise<void>;
}

type ActionOf<Kind extends WireAction['kind']> = Extract<WireAction, { readonly kind: Kind }>;

/** Makes the actions of a set that is built. */
export function createActions({ set, clock, fabric, nodes, pool, touched, workers, emit }: ActionContext): SetActions {
  let fabricSender: PacketSocket | undefined;
  let lastProbe = 0;
  const probes = new Set<string>();
  const streams = new Set<string>();
  const connections = new Set<string>();
  /** Ports whose cable is out. */
  const pulled = new Set<BuiltPort>();
  /** Ports whose node has no interface. */
  const removed = new Set<BuiltPort>();

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

  /** A switch forgets what it learned at a port that lost its link. */
  async function forget(port: BuiltPort): Promise<void> {
    if (port.fabric !== 'wire') return;
    await workers.wire().call({ kind: 'forget', set, interfaceIndex: port.fabricIndex });
  }

  async function start(name: string): Promise<void> {
    if (!nodeOf(name).powered) throw new StageError(`router '${name}' has no power`);
    await routerOf(name).start();
  }

  async function powerOff(name: string): Promise<void> {
    const node = nodeOf(name);
    if (!node.powered) throw new StageError(`'${name}' is without power already`);
    node.powered = false;
    node.router?.expectEnd();
    const timeNs = clock.now();
    // Stopping takes microseconds, a link some milliseconds: no process acts between the two.
    const frozen = freezeAll([node.home.namespace]);
    for (const port of node.ports) fabric.setLink(port, false);
    killFrozen(frozen);
    emit({ kind: 'power-off', timeNs, node: name });
    await Promise.all([node.router?.ended(), ...node.ports.map(forget)]);
  }

  async function powerOn(name: string): Promise<void> {
    const node = nodeOf(name);
    if (node.powered) throw new StageError(`'${name}' has power already`);
    await node.sender?.closeAsync();
    node.sender = undefined;
    // A machine that starts knows nothing: its interfaces, with all that hung on them, are made anew.
    for (const port of node.ports) fabric.rebuild(port);
    pool.restore(node.home);
    prepareNode(node.home, node.description, node.ports, node.links);
    raiseNode(node.home, node.description, node.ports, node.links);
    node.powered = true;
    const timeNs = clock.now();
    for (const port of node.ports) if (!pulled.has(port)) fabric.setLink(port, true);
    emit({ kind: 'power-on', timeNs, node: name });
  }

  async function moveCable({ kind, node, lan }: ActionOf<'pull-cable' | 'plug-cable'>): Promise<void> {
    const port = portOf(node, lan);
    const plug = kind === 'plug-cable';
    if (plug !== pulled.has(port))
      throw new StageError(`the cable of '${node}' on '${lan}' is ${plug ? 'in' : 'out'} already`);
    if (plug) pulled.delete(port);
    else pulled.add(port);
    const timeNs = clock.now();
    // Without power there is no link, whatever the cable.
    if (nodeOf(node).powered) fabric.setLink(port, plug);
    emit({ kind: plug ? 'cable-plugged' : 'cable-pulled', timeNs, node, lan });
    if (!plug) await forget(port);
  }

  async function removeInterface({ node, lan }: ActionOf<'remove-interface'>): Promise<void> {
    const port = portOf(node, lan);
    if (removed.has(port)) throw new StageError(`'${node}' has no interface on '${lan}' as it is`);
    removed.add(port);
    const timeNs = clock.now();
    fabric.removePort(port);
    emit({ kind: 'note', timeNs, text: `${node} has lost its interface ${port.port.interfaceName}` });
    await forget(port);
  }

  async function restoreInterface({ node: name, lan }: ActionOf<'restore-interface'>): Promise<void> {
    const port = portOf(name, lan);
    if (!removed.delete(port)) throw new StageError(`'${name}' has its interface on '${lan}' already`);
    const { home, description, sender } = nodeOf(name);
    await sender?.closeAsync();
    nodeOf(name).sender = undefined;
    fabric.rebuild(port);
    prepareNode(home, description, [port], []);
    raiseNode(home, description, [port], []);
    const timeNs = clock.now();
    if (!pulled.has(port)) fabric.setLink(port, true);
    emit({ kind: 'note', timeNs, text: `${name} has an interface ${port.port.interfaceName} again` });
  }

  async function beginFault({ fault }: ActionOf<'begin-fault'>): Promise<void> {
    if (portOf(fault.node, fault.lan).fabric !== 'wire') {
      throw new StageError(
        `LAN '${fault.lan}' is a kernel bridge, which cannot ${fault.effect.kind} frames`,
        `give LAN '${fault.lan}' the fabric 'wire'`,
      );
    }
    const times = changeTimes(await workers.wire().call({ kind: 'begin-fault', set, fault }));
    emit({ kind: 'fault-began', ...times, fault: fault.name, description: describeFault(fault) });
  }

  async function endFault(name: string): Promise<void> {
    const times = changeTimes(await workers.wire().call({ kind: 'end-fault', set, name }));
    emit({ kind: 'fault-ended', ...times, fault: name, description: `${name} is over` });
  }

  function changeTimes({ changed }: WireAnswer): { timeNs: Nanoseconds; withinNs?: number } {
    if (changed === undefined) return { timeNs: clock.now() };
    const { fromUnixNs, toUnixNs } = changed;
    return {
      timeNs: Number(fromUnixNs - clock.origin.unixNanoseconds),
      withinNs: Number(toUnixNs - fromUnixNs),
    };
  }

  function openSender(home: PooledNamespace): PacketSocket {
    return openPacketSocket({ namespace: home.namespace, interfaceIndex: 0, protocol: 0 });
  }

  function sendFrame({ node: name, lan, direction, hexadecimal }: ActionOf<'send-frame'>): void {
    const port = portOf(name, lan);
    const node = nodeOf(name);
    const towardsNode = direction === DIRECTION_IN;
    if (towardsNode) fabricSender ??= openSender(fabric.home);
    else node.sender ??= openSender(node.home);
    const socket = towardsNode ? fabricSender : node.sender;
    const link = towardsNode ? port.fabricIndex : port.nodeIndex;
    const result = socket?.send(Uint8Array.from(Buffer.from(hexadecimal, 'hex')), link);
    if (result !== 'sent') throw new StageError(`no frame can be sent: the link of '${name}' on '${lan}' is ${result}`);
  }

  async function beginProbe({ probe }: ActionOf<'begin-probe'>): Promise<void> {
    const { home, ports } = nodeOf(probe.from);
    if (probes.has(probe.name)) throw new StageError(`a probe named '${probe.name}' is under way already`);
    const [port] = ports;
    lastProbe += 1;
    const identifier = lastProbe;
    const timeNs = clock.now();
    await workers.wire().call({
      kind: 'begin-probe',
      set,
      name: probe.name,
      namespacePath: home.namespace.path,
      to: probe.to,
      interfaceIndex: port && isLinkLocal(probe.to) ? port.nodeIndex : 0,
      intervalNs: probe.intervalNs,
      identifier,
      oneWay: probe.oneWay ?? false,
    });
    probes.add(probe.name);
    emit({ kind: 'probe-began', timeNs, probe: probe.name, identifier });
  }

  async function endProbe(name: string): Promise<void> {
    if (!probes.delete(name)) throw new StageError(`no probe named '${name}' is under way`);
    await workers.wire().call({ kind: 'end-probe', set, name });
    emit({ kind: 'probe-ended', timeNs: clock.now(), probe: name });
  }

  async function beginStream({ stream }: ActionOf<'begin-stream'>): Promise<void> {
    const { name, node, lan, hexadecimals, ...rate } = stream;
    const port = portOf(node, lan);
    if (streams.has(name)) throw new StageError(`a stream named '${name}' is under way already`);
    await workers.wire().call({
      kind: 'begin-stream',
      set,
      name,
      namespacePath: nodeOf(node).home.namespace.path,
      interfaceIndex: port.nodeIndex,
      frames: hexadecimals.map((text) => Uint8Array.from(Buffer.from(text, 'hex'))),
      ...rate,
    });
    streams.add(name);
  }

  async function beginAnswering({ answerer }: ActionOf<'begin-answering'>): Promise<void> {
    const { node, lan, addresses, macAddress } = answerer;
    await workers.wire().call({
      kind: 'begin-answering',
      set,
      namespacePath: nodeOf(node).home.namespace.path,
      interfaceIndex: portOf(node, lan).nodeIndex,
      addresses,
      macAddress,
    });
  }

  async function beginConnection({ connection }: ActionOf<'begin-connection'>): Promise<void> {
    const { name, from, to, address, intervalNs } = connection;
    if (connections.has(name)) throw new StageError(`a connection named '${name}' is under way already`);
    await workers.wire().call({
      kind: 'begin-connection',
      set,
      name,
      clientPath: nodeOf(from).home.namespace.path,
      serverPath: nodeOf(to).home.namespace.path,
      address,
      intervalNs,
    });
    connections.add(name);
  }

  async function endConnection(name: string): Promise<void> {
    if (!connections.delete(name)) throw new StageError(`no connection named '${name}' is under way`);
    await workers.wire().call({ kind: 'end-connection', set, name });
  }

  async function endStream(name: string): Promise<void> {
    if (!streams.delete(name)) throw new StageError(`no stream named '${name}' is under way`);
    await workers.wire().call({ kind: 'end-stream', set, name });
  }

  async function runCommand({ command: { at, words } }: ActionOf<'run-command'>): Promise<void> {
    const { home, values } = 'node' in at ? machineOf(at.node) : switchOf(at.lan);
    const filled = fillInWords(words, values);
    touched.add(home);
    const timeNs = clock.now();
    await runMachineCommand(home.namespace, filled);
    emit({ kind: 'note', timeNs, text: filled.join(' ') });
  }

  function machineOf(name: string): { home: PooledNamespace; values: Record<string, string> } {
    const { home, ports } = nodeOf(name);
    const macvlan = macvlanOf(home.route);
    const values = { interface: ports[0]?.port.interfaceName ?? '', ...(macvlan === undefined ? {} : { macvlan }) };
    return { home, values };
  }

  function switchOf(lan: string): { home: PooledNamespace; values: Record<string, string> } {
    const { home } = fabric;
    const bridge = fabric.bridgeOf(lan);
    if (bridge === undefined) {
      throw new StageError(`LAN '${lan}' is no kernel bridge, on which a command could be run`, 'fabric: bridge');
    }
    const own = fabric.ports.filter(({ port }) => port.lan === lan);
    const values = Object.fromEntries(own.map(({ node, interfaceName }) => [node.name, interfaceName]));
    return { home, values: { ...values, bridge } };
  }

  async function perform(action: WireAction): Promise<void> {
    switch (action.kind) {
      case 'start':
        return start(action.router);
      case 'stop':
        return routerOf(action.router).stop();
      case 'kill':
        return routerOf(action.router).kill();
      case 'freeze':
        return routerOf(action.router).freeze();
      case 'thaw':
        return routerOf(action.router).thaw();
      case 'reload':
        return routerOf(action.router).reload(action.files);
      case 'run-command':
        return runCommand(action);
      case 'power-off':
        return powerOff(action.node);
      case 'power-on':
        return powerOn(action.node);
      case 'pull-cable':
      case 'plug-cable':
        return moveCable(action);
      case 'remove-interface':
        return removeInterface(action);
      case 'restore-interface':
        return restoreInterface(action);
      case 'begin-fault':
        return beginFault(action);
      case 'end-fault':
        return endFault(action.name);
      case 'send-frame':
        return sendFrame(action);
      case 'begin-stream':
        return beginStream(action);
      case 'begin-answering':
        return beginAnswering(action);
      case 'end-stream':
        return endStream(action.name);
      case 'begin-probe':
        return beginProbe(action);
      case 'end-probe':
        return endProbe(action.name);
      case 'begin-connection':
        return beginConnection(action);
      case 'end-connection':
        return endConnection(action.name);
      case 'note':
        return emit({ kind: 'note', timeNs: clock.now(), text: action.text });
    }
  }

  return {
    perform,
    async close() {
      const senders = [fabricSender, ...[...nodes.values()].map(({ sender }) => sender)];
      await Promise.all(senders.map((socket) => socket?.closeAsync()));
    },
  };
}
