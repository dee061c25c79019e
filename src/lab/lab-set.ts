import type { RunEvent } from '../capture/event.ts';
import type { Nanoseconds } from '../capture/time.ts';
import type { StageAction } from '../stage/action.ts';
import { StageError, type StageListener, type StageSet, type StageSummary } from '../stage/stage.ts';
import { isOutside, type NodeDescription, type RouterDescription, type Topology } from '../stage/topology.ts';
import type { BatchFrame } from './channel/frame-batch.ts';
import type { OutsidePort, WireAction } from './channel/protocol.ts';
import { createDelivery } from './delivery.ts';
import type { LabServer } from './lab.ts';
import type { RouterLaunch } from './launch.ts';
import { nodeOfAction, type OutsideRouters, routerActionOf } from './outside/operator.ts';
import { describePort, listPorts } from './port-list.ts';

/** A set as the connection to the server drives it. */
export interface LabSet extends StageSet {
  build(seed: number): Promise<void>;
  event(event: RunEvent): void;
  frames(frames: readonly BatchFrame[], watermarkNs: Nanoseconds): void;
  /** The server has sent its last frame. */
  end(droppedFrames: number): void;
  fail(error: Error): void;
}

interface LabSetParts {
  readonly number: number;
  readonly topology: Topology;
  readonly launches: Readonly<Record<string, RouterLaunch>>;
  /** @throws StageError */
  readonly launchFor: (router: RouterDescription) => RouterLaunch;
  readonly outsidePorts: readonly OutsidePort[];
  /** Who does what is done to routers outside; absent where there are none. */
  readonly outside: OutsideRouters | undefined;
  readonly listener: StageListener;
  readonly server: LabServer;
  readonly onClosed: () => void;
}

const END_TIMEOUT_MS = 10_000;

/** What the server builds of a router outside: a port without addresses, which frames are relayed to and from. */
function asInside(node: NodeDescription): NodeDescription {
  if (!isOutside(node)) return node;
  return { kind: 'tester', name: node.name, ports: node.ports.map((port) => ({ ...port, addresses: [] })) };
}

function toWireAction(action: StageAction, launchFor: LabSetParts['launchFor']): WireAction {
  switch (action.kind) {
    case 'reload':
      return { kind: 'reload', router: action.router, files: launchFor(action.description).files };
    case 'send-frame': {
      const { bytes, ...rest } = action;
      return { ...rest, hexadecimal: hexadecimalOf(bytes) };
    }
    case 'begin-stream': {
      const { frames, ...rest } = action.stream;
      return { kind: 'begin-stream', stream: { ...rest, hexadecimals: frames.map(hexadecimalOf) } };
    }
    default:
      return action;
  }
}

function hexadecimalOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/**
 * The command's side of one set: asks the server, and hands its frames and events on.
 * @throws StageError where the topology contradicts itself
 */
export function createLabSet(parts: LabSetParts): LabSet {
  const { number, topology, launches, launchFor, outsidePorts, outside, listener, server, onClosed } = parts;
  let ports: ReturnType<typeof listPorts>;
  try {
    ports = listPorts(topology);
  } catch (error) {
    throw new StageError((error as Error).message);
  }
  const origin = { unixNanoseconds: server.realtimeNow() };
  const delivery = createDelivery(listener);
  let closed: Promise<StageSummary> | undefined;
  let sawEnd: (droppedFrames: number) => void = () => {};
  const lastFrame = new Promise<number>((resolve) => {
    sawEnd = resolve;
  });

  listener.origin(origin);
  for (const port of ports) listener.interface(port.index, describePort(port));

  async function perform(action: StageAction): Promise<void> {
    await server.call({ kind: 'perform', set: number, action: toWireAction(action, launchFor) });
  }

  /** When exactly the operator acts is not known: there is no event, but a note before and after. */
  async function operate(action: StageAction): Promise<boolean> {
    const done = routerActionOf(action);
    const node = done && topology.nodes.filter(isOutside).find(({ name }) => name === nodeOfAction(done));
    if (done === undefined || node === undefined || outside === undefined) return false;
    await perform({ kind: 'note', text: `the operator is asked: ${done.kind} ${node.name}` });
    await outside.perform(node, done);
    await perform({ kind: 'note', text: `the operator has done it: ${done.kind} ${node.name}` });
    return true;
  }

  async function close(): Promise<StageSummary> {
    try {
      const { result: summary } = await server.call({ kind: 'close-set', set: number });
      if (!summary) throw new StageError('the lab server gave no summary');
      const droppedFrames = await Promise.race([lastFrame, endTimeout()]);
      delivery.flush();
      return { ...summary, droppedFrames: summary.droppedFrames + droppedFrames };
    } finally {
      // However it ended: what still comes is nobody's, and the listener's files may be closed by now.
      delivery.fail(new StageError('the set is closed'));
      onClosed();
    }
  }

  return {
    origin,
    intent: {
      virtualRouters: topology.nodes.flatMap((node) => (node.kind === 'router' ? node.virtualRouters : [])),
    },
    now: () => Number(server.realtimeNow() - origin.unixNanoseconds),
    async build(seed) {
      await server.call({
        kind: 'build',
        set: number,
        originUnixNanoseconds: String(origin.unixNanoseconds),
        topology: { ...topology, nodes: topology.nodes.map(asInside) },
        launches,
        outside: outsidePorts,
        seed,
      });
    },
    async perform(action) {
      if (!(await operate(action))) await perform(action);
    },
    advance: delivery.advance,
    async machines() {
      const { machines } = await server.call({ kind: 'name-machines', set: number });
      if (!machines) throw new StageError('the lab server did not say where its machines are');
      return { ...server.inside(), namespaces: machines };
    },
    close() {
      closed ??= close();
      return closed;
    },
    event: delivery.event,
    frames: delivery.frames,
    end: sawEnd,
    fail: delivery.fail,
  };
}

function endTimeout(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(
      () => reject(new StageError(`the last frames did not come within ${END_TIMEOUT_MS / 1000} s`)),
      END_TIMEOUT_MS,
    ).unref();
  });
}
