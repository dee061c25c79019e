import type { RunEvent } from '../capture/event.ts';
import type { VirtualRouterIntent } from '../capture/intent.ts';
import { findMisbehaviour } from '../misbehaviour/catalogue.ts';
import { appliesTo, type Misbehaviour } from '../misbehaviour/misbehaviour.ts';
import { StageError } from '../stage/stage.ts';
import type { RouterDescription } from '../stage/topology.ts';
import type { Family } from '../wire/vrrp.ts';
import type { VrrpArrival } from './arrival.ts';
import type { Appointment, Clock } from './clock.ts';
import type { Kernel } from './kernel.ts';
import { createProcessTime } from './process-time.ts';
import type { ProtocolWatcher } from './protocol-watcher.ts';
import { createVirtualRouterProcess, type VirtualRouterProcess } from './virtual-router-process.ts';

/** The process of a simulated router; its kernels go on without it, but for what must be silent then. */
export interface Router {
  start(): void;
  stop(): void;
  kill(): void;
  freeze(): void;
  thaw(): void;
  /** The node has lost its power: the process is gone, without a word. */
  powerOff(): void;
  /** VRRP came to the port on this LAN. */
  receive(lan: string, arrival: VrrpArrival): void;
  linkChanged(lan: string, up: boolean): void;
  /** Oldest first, bounded. */
  readonly log: readonly string[];
}

/** What a router's node gives its process, for each LAN. */
export interface RouterPort {
  readonly kernel: Kernel;
  readonly send: (bytes: Uint8Array) => void;
  readonly isLinkUp: () => boolean;
}

const MAXIMUM_LOG_LINES = 1000;
/** What a socket holds for a process that does not read: what comes beyond it is lost. */
const MAXIMUM_UNREAD = 256;
const LAST_LINES = 20;

interface RunningVirtualRouter {
  readonly lan: string;
  readonly intent: VirtualRouterIntent;
  readonly core: VirtualRouterProcess;
}

interface Process {
  /** In the order of the description. */
  readonly virtualRouters: readonly RunningVirtualRouter[];
  /** The last of the description that has a LAN, family and VRID hears its messages: by LAN, then by `numberOf`. */
  readonly listening: ReadonlyMap<string, readonly (VirtualRouterProcess | undefined)[]>;
  frozen: boolean;
  /** What has come while it was frozen, in order; so many of them are messages. */
  readonly unread: (() => void)[];
  unreadMessages: number;
}

/** What a router has of the set that it is in. */
export interface RouterSurroundings {
  readonly emit: (event: RunEvent) => void;
  readonly seed: number;
  readonly watcher?: ProtocolWatcher | undefined;
}

export function createRouter(
  clock: Clock,
  description: RouterDescription,
  ports: ReadonlyMap<string, RouterPort>,
  { emit, seed, watcher }: RouterSurroundings,
): Router {
  const { name, timing = {} } = description;
  const time = createProcessTime(clock, name, timing, seed);
  const isAlwaysReady = timing.schedulingDelayNs === undefined;
  const misbehaviour = description.misbehaviour === undefined ? undefined : findMisbehaviour(description.misbehaviour);
  const wrongIn = ({ version, family }: VirtualRouterIntent): Misbehaviour | undefined =>
    misbehaviour !== undefined && appliesTo(misbehaviour, version, family) ? misbehaviour : undefined;
  const log: string[] = [];
  let process: Process | undefined;
  let starting: Appointment | undefined;

  const write = (line: string): void => {
    log.push(`${(clock.now() / 1e9).toFixed(9)} ${line}`);
    if (log.length > MAXIMUM_LOG_LINES) log.shift();
  };

  const running = (): Process => {
    if (process === undefined) throw new StageError(`router '${name}' is not running`);
    return process;
  };

  /** Hands something to the process: now, or when it runs again. What becomes of links is not lost behind messages. */
  const give = (work: () => void, isMessage = false): void => {
    const given = process;
    if (given === undefined) return;
    time.soon(() => {
      if (process !== given) return;
      if (!given.frozen) work();
      else if (!isMessage || given.unreadMessages < MAXIMUM_UNREAD) {
        given.unread.push(work);
        if (isMessage) given.unreadMessages += 1;
      }
    });
  };

  const end = (how: { readonly exitCode: number } | { readonly signal: string }): void => {
    if (process === undefined) return;
    for (const { core } of process.virtualRouters) core.end();
    process = undefined;
    const lastLogLines = log.slice(-LAST_LINES);
    emit({ kind: 'router-exited', timeNs: clock.now(), router: name, expected: true, ...how, lastLogLines });
  };

  const launch = (): Process => {
    const virtualRouters = description.virtualRouters.map((intent) => {
      const routerPort = ports.get(intent.lan);
      const port = description.ports.find(({ lan }) => lan === intent.lan);
      if (routerPort === undefined || port === undefined) {
        throw new StageError(`router '${name}' has no port on LAN '${intent.lan}'`);
      }
      const { kernel, send } = routerPort;
      const core = createVirtualRouterProcess({
        time,
        kernel,
        port,
        intent,
        misbehaviour: wrongIn(intent),
        rfc: description.rfc,
        send,
        log: write,
        watcher,
      });
      return { lan: intent.lan, intent, core };
    });
    const listening = new Map<string, (VirtualRouterProcess | undefined)[]>();
    for (const { lan, intent, core } of virtualRouters) {
      const onLan = listening.get(lan) ?? new Array<undefined>(NUMBERS).fill(undefined);
      onLan[numberOf(intent.family, intent.virtualRouterId)] = core;
      listening.set(lan, onLan);
    }
    return { virtualRouters, listening, frozen: false, unread: [], unreadMessages: 0 };
  };

  const startNow = (): void => {
    starting = undefined;
    process = launch();
    emit({ kind: 'router-started', timeNs: clock.now(), router: name });
    for (const { lan, core } of process.virtualRouters) {
      if (!ports.get(lan)!.isLinkUp()) core.input({ kind: 'fault-began', reason: 'interface-lost' });
      core.input({ kind: 'startup' });
    }
    emit({ kind: 'router-ready', timeNs: clock.now(), router: name });
  };

  const hear = (lan: string, { family, message }: VrrpArrival): void => {
    const own = process?.listening.get(lan)?.[numberOf(family, message.virtualRouterId)];
    own?.receive(message);
    if (misbehaviour?.hears === undefined) return;
    for (const { lan: at, intent, core } of process?.virtualRouters ?? []) {
      if (at === lan && core !== own && misbehaviour.hears(family, message.virtualRouterId, intent))
        core.receive(message);
    }
  };

  return {
    log,
    start() {
      if (process !== undefined || starting !== undefined) throw new StageError(`router '${name}' is running already`);
      if (timing.startOffsetNs === undefined) startNow();
      else starting = clock.after(timing.startOffsetNs, startNow);
    },
    stop() {
      const { virtualRouters } = running();
      emit({ kind: 'router-stopping', timeNs: clock.now(), router: name });
      give(() => {
        for (const { core } of virtualRouters) core.input({ kind: 'shutdown' });
        end({ exitCode: 0 });
      });
    },
    kill() {
      running();
      emit({ kind: 'router-killed', timeNs: clock.now(), router: name });
      end({ signal: 'SIGKILL' });
    },
    freeze() {
      const frozen = running();
      if (frozen.frozen) throw new StageError(`router '${name}' is frozen already`);
      frozen.frozen = true;
      for (const { core } of frozen.virtualRouters) core.suspend();
      emit({ kind: 'router-frozen', timeNs: clock.now(), router: name });
    },
    thaw() {
      const thawed = running();
      if (!thawed.frozen) throw new StageError(`router '${name}' is not frozen`);
      thawed.frozen = false;
      emit({ kind: 'router-thawed', timeNs: clock.now(), router: name });
      thawed.unreadMessages = 0;
      for (const work of thawed.unread.splice(0)) work();
      if (process !== thawed) return;
      for (const { core } of thawed.virtualRouters) core.input({ kind: 'timer' });
    },
    powerOff() {
      starting?.cancel();
      starting = undefined;
      end({ signal: 'SIGKILL' });
    },
    receive(lan, arrival) {
      if (process?.frozen !== true && isAlwaysReady) hear(lan, arrival);
      else give(() => hear(lan, arrival), true);
    },
    linkChanged(lan, up) {
      give(() => {
        for (const { lan: own, core } of process?.virtualRouters ?? []) {
          if (own === lan) core.input(up ? { kind: 'fault-ended' } : { kind: 'fault-began', reason: 'interface-lost' });
        }
      });
    },
  };
}

/** Virtual routers that a LAN can have: 256 numbers for each family. */
const NUMBERS = 512;

/** One number for each virtual router of a LAN. */
function numberOf(family: Family, virtualRouterId: number): number {
  return family === 'ipv4' ? virtualRouterId : 256 + virtualRouterId;
}
