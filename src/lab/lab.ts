import type { RunEvent } from '../capture/event.ts';
import { diagnoseRefusal } from '../linux/namespace-refusal.ts';
import { needsUserNamespace } from '../linux/privileges.ts';
import { EVERY_ACTION } from '../stage/action.ts';
import { type Machines, NotPlayableError, type Stage, StageError, type StageListener } from '../stage/stage.ts';
import { isOutside, type RouterDescription, type Topology } from '../stage/topology.ts';
import { readBatch } from './channel/frame-batch.ts';
import { createMessageReader, packJson } from './channel/message.ts';
import type { AnswerBody, ClockReading, RequestBody, ServerMessage, ServerReady } from './channel/protocol.ts';
import { createLabSet, type LabSet } from './lab-set.ts';
import type { RouterLaunch } from './launch.ts';
import { type OutsideLink, openOutsideLinks } from './outside/links.ts';
import { createOutsideRouters, type Operator } from './outside/operator.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

/** What the lab is told of the routers that it may be asked to run. */
export interface LabOptions {
  /**
   * How a router is run.
   * @throws StageError where its implementation cannot play what is described
   */
  readonly launchFor: (router: RouterDescription) => RouterLaunch;
  /** Names of the implementations that can be started. */
  readonly implementations: ReadonlySet<string>;
  /** Routers outside, where there are any. */
  readonly outside?: OutsideOptions;
}

/** How routers outside are reached, and by whom they are run. */
export interface OutsideOptions {
  readonly links: readonly OutsideLink[];
  readonly operator: Operator;
  /** How a router is to be configured, in the operator's words. */
  readonly configurationOf: (router: RouterDescription) => string;
}

const READY_TIMEOUT_MS = 30_000;
/** Beyond every limit that the server itself keeps; only a server that hangs reaches it. */
const ANSWER_TIMEOUT_MS = 180_000;
const END_TIMEOUT_MS = 10_000;

interface Call {
  readonly resolve: (answer: AnswerBody) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** The server's side as the sets see it. */
export interface LabServer {
  /** @throws StageError: what the server answered, or that it ended */
  call(request: RequestBody): Promise<AnswerBody>;
  /** Where the server runs. @throws StageError where it has ended */
  inside(): Omit<Machines, 'namespaces'>;
  /** CLOCK_REALTIME, nanoseconds since 1970. */
  realtimeNow(): bigint;
}

/** Why the server did not start, in the words of whoever refused. */
function refusal(complaint: string): StageError {
  const line = complaint.split('\n').find((text) => text.startsWith('unshare:'));
  if (line) {
    const { why, cure } = diagnoseRefusal(line);
    return new StageError(`this host does not let the lab make namespaces: ${why}`, cure);
  }
  return new StageError(`the lab server ended before it was ready: ${complaint || 'it said nothing'}`);
}

/** Starts the server and waits until it is ready; as an own user namespace where this process may not do without. */
async function startServer(
  descriptors: readonly number[],
): Promise<{ sandbox: Sandbox; ready: ServerReady; onControl: Sink }> {
  const server = await tryServer(needsUserNamespace(), descriptors);
  if (server instanceof StageError) throw server;
  return server;
}

interface Sink {
  handler: (message: ServerMessage) => void;
}

async function tryServer(
  inUserNamespace: boolean,
  descriptors: readonly number[],
): Promise<{ sandbox: Sandbox; ready: ServerReady; onControl: Sink } | StageError> {
  const sandbox = await startSandbox(inUserNamespace, descriptors);
  const onControl: Sink = { handler: () => {} };
  const ready = await new Promise<ServerReady | StageError>((resolve) => {
    const timer = setTimeout(() => {
      sandbox.kill();
      resolve(new StageError(`the lab server was not ready within ${READY_TIMEOUT_MS / 1000} s`));
    }, READY_TIMEOUT_MS);
    const settle = (outcome: ServerReady | StageError): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    onControl.handler = (message) => {
      if (message.kind === 'ready') settle(message);
      if (message.kind === 'failed') settle(new StageError(message.error.message, message.error.cure));
    };
    const read = createMessageReader((body) => onControl.handler(JSON.parse(body.toString('utf8')) as ServerMessage));
    sandbox.control.on('data', read);
    // A server that dies resets the channel: its end is told by `ended`.
    sandbox.control.on('error', () => {});
    sandbox.frames.on('error', () => {});
    void sandbox.ended.then(() => settle(refusal(sandbox.complaint())));
  });
  if (ready instanceof StageError) {
    sandbox.control.destroy();
    sandbox.frames.destroy();
    return ready;
  }
  return { sandbox, ready, onControl };
}

/**
 * Opens a lab: namespaces, links and real processes in a sandbox of its own. Works as root and as an ordinary user who
 * may make user namespaces. Nothing of it outlives this process, however the process ends. Listeners get frames and
 * events in the order of their times; a frame that a stall of the host held up in the kernel comes late.
 * @throws StageError with the cure where the host forbids it
 */
export async function openLab(options: LabOptions): Promise<Stage> {
  const links = openOutsideLinks(options.outside?.links ?? []);
  const { sandbox, ready, onControl } = await startServer(links.descriptors).finally(() => links.release());
  const outside = options.outside && createOutsideRouters(options.outside.operator, options.outside.configurationOf);
  const calls = new Map<number, Call>();
  const sets = new Map<number, LabSet>();
  let lastCall = 0;
  let lastSet = 0;
  let closing = false;
  let broken: StageError | undefined;
  let wallOffset = offsetOf(ready.clock);

  function settle(id: number): Call | undefined {
    const call = calls.get(id);
    if (call) clearTimeout(call.timer);
    calls.delete(id);
    return call;
  }

  /** Tells every set of something that happened to the host at this time of CLOCK_REALTIME. */
  function tellAll(realtimeNs: string, event: (timeNs: number) => RunEvent): void {
    const realtime = BigInt(realtimeNs);
    for (const set of sets.values()) {
      const timeNs = Number(realtime - set.origin.unixNanoseconds);
      // What ended before the set was there is none of its concern.
      if (timeNs >= 0) set.event(event(timeNs));
    }
  }

  onControl.handler = (message) => {
    if (message.kind === 'event') sets.get(message.set)?.event(message.event);
    else if (message.kind === 'clock-step') {
      const { stepNs, clock } = message;
      wallOffset = offsetOf(clock);
      tellAll(clock.realtimeNs, (timeNs) => ({ kind: 'clock-step', timeNs, stepNs }));
    } else if (message.kind === 'answer') {
      const call = settle(message.id);
      if (message.error) call?.reject(new StageError(message.error.message, message.error.cure));
      else call?.resolve(message);
    }
  };

  sandbox.frames.on(
    'data',
    createMessageReader((body) => {
      const batch = readBatch(body);
      const set = sets.get(batch.set);
      if (batch.kind === 'frames') set?.frames(batch.frames, batch.watermarkNs);
      else if (batch.kind === 'events') for (const event of batch.events) set?.event(event);
      else set?.end(batch.droppedFrames);
    }),
  );

  const gone = sandbox.ended.then(() => {
    const said = sandbox.complaint();
    broken = new StageError(closing ? 'the lab is closed' : `the lab server ended${said ? `: ${said}` : ''}`);
    for (const id of [...calls.keys()]) settle(id)?.reject(broken);
    for (const set of sets.values()) set.fail(broken);
  });

  const server: LabServer = {
    call(request) {
      return new Promise((resolve, reject) => {
        if (broken || closing) {
          reject(broken ?? new StageError('the lab is closed'));
          return;
        }
        lastCall += 1;
        const id = lastCall;
        const timer = setTimeout(() => {
          calls.delete(id);
          reject(new StageError(`the lab server did not answer '${request.kind}' in ${ANSWER_TIMEOUT_MS / 1000} s`));
        }, ANSWER_TIMEOUT_MS);
        calls.set(id, { resolve, reject, timer });
        sandbox.control.write(packJson({ ...request, id }));
      });
    },
    inside: () => ({ processId: sandbox.processId(), inUserNamespace: sandbox.inUserNamespace }),
    realtimeNow: () => process.hrtime.bigint() + wallOffset,
  };

  async function build(topology: Topology, listener: StageListener, { seed }: { seed: number }): Promise<LabSet> {
    const launches: Record<string, RouterLaunch> = {};
    const foreign = topology.nodes.filter(isOutside);
    const outsidePorts = foreign.flatMap((node) => links.portsOf(topology, node));
    for (const node of topology.nodes) {
      if (node.kind !== 'router' || isOutside(node)) continue;
      if (node.timing !== undefined) {
        throw new NotPlayableError(
          `the lab has one clock and the machine's cores: '${node.name}' cannot drift, wait or start later`,
          'play this scenario with --stage virtual',
        );
      }
      const launch = options.launchFor(node);
      if (node.reloads === true && launch.reloadSignal === undefined) {
        throw new NotPlayableError(`${node.implementation} cannot be asked to read its configuration again`);
      }
      launches[node.name] = launch;
    }
    for (const node of foreign) await outside?.prepare(node);
    lastSet += 1;
    const number = lastSet;
    const set = createLabSet({
      ...{ number, topology, launches, outsidePorts, outside, listener, server },
      launchFor: options.launchFor,
      onClosed: () => sets.delete(number),
    });
    sets.set(number, set);
    try {
      await set.build(seed);
    } catch (error) {
      sets.delete(number);
      throw error;
    }
    return set;
  }

  return {
    capabilities: {
      name: 'lab',
      actions: EVERY_ACTION,
      implementations: options.implementations,
      realTime: ready.realTime,
    },
    build,
    async usage() {
      const { usage } = await server.call({ kind: 'usage' });
      if (!usage) throw new StageError('the lab server did not say what it used');
      const { user, system } = process.cpuUsage();
      return { ...usage, commandMs: (user + system) / 1000 };
    },
    async close() {
      closing = true;
      options.outside?.operator.close();
      sandbox.control.destroy();
      sandbox.frames.destroy();
      const timer = setTimeout(() => sandbox.kill(), END_TIMEOUT_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** What to add to CLOCK_MONOTONIC, which every process reads alike, to have CLOCK_REALTIME. */
function offsetOf(clock: ClockReading): bigint {
  return BigInt(clock.realtimeNs) - BigInt(clock.monotonicNs);
}
