import type { RunEvent } from '../capture/event.ts';
import type { Nanoseconds } from '../capture/time.ts';
import type { StageAction } from '../stage/action.ts';
import { StageError, type StageListener, type StageSet, type StageSummary } from '../stage/stage.ts';
import type { RouterDescription, Topology } from '../stage/topology.ts';
import type { BatchFrame } from './channel/frame-batch.ts';
import type { WireAction } from './channel/protocol.ts';
import { createDelivery } from './delivery.ts';
import type { LabServer } from './lab.ts';
import type { RouterLaunch } from './launch.ts';
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
  readonly listener: StageListener;
  readonly server: LabServer;
  readonly onClosed: () => void;
}

const END_TIMEOUT_MS = 10_000;

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
  const { number, topology, launches, launchFor, listener, server, onClosed } = parts;
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

  async function close(): Promise<StageSummary> {
    try {
      const summary = await server.call({ kind: 'close-set', set: number });
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
        topology,
        launches,
        seed,
      });
    },
    async perform(action) {
      await server.call({ kind: 'perform', set: number, action: toWireAction(action, launchFor) });
    },
    advance: delivery.advance,
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
