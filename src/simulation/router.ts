import type { RunEvent } from '../capture/event.ts';
import { StageError } from '../stage/stage.ts';
import type { RouterDescription } from '../stage/topology.ts';
import type { VrrpArrival } from './arrival.ts';
import type { Clock } from './clock.ts';
import type { Kernel } from './kernel.ts';
import { createVirtualRouterProcess, type VirtualRouterProcess } from './virtual-router-process.ts';

/** The process of a simulated router; its kernels go on without it. */
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

interface Process {
  readonly virtualRouters: readonly (readonly [lan: string, process: VirtualRouterProcess])[];
  frozen: boolean;
  /** What has come while it was frozen, in order. */
  readonly unread: (() => void)[];
}

export function createRouter(
  clock: Clock,
  description: RouterDescription,
  ports: ReadonlyMap<string, RouterPort>,
  emit: (event: RunEvent) => void,
): Router {
  const { name } = description;
  const log: string[] = [];
  let process: Process | undefined;

  const write = (line: string): void => {
    log.push(`${(clock.now() / 1e9).toFixed(9)} ${line}`);
    if (log.length > MAXIMUM_LOG_LINES) log.shift();
  };

  const running = (): Process => {
    if (process === undefined) throw new StageError(`router '${name}' is not running`);
    return process;
  };

  /** Hands something to the process: now, or when it runs again. */
  const give = (work: () => void): void => {
    if (process === undefined) return;
    if (!process.frozen) work();
    else if (process.unread.length < MAXIMUM_UNREAD) process.unread.push(work);
  };

  const end = (how: { readonly exitCode: number } | { readonly signal: string }): void => {
    if (process === undefined) return;
    for (const [, virtualRouter] of process.virtualRouters) virtualRouter.end();
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
      return [intent.lan, createVirtualRouterProcess({ clock, kernel, port, intent, send, log: write })] as const;
    });
    return { virtualRouters, frozen: false, unread: [] };
  };

  return {
    log,
    start() {
      if (process !== undefined) throw new StageError(`router '${name}' is running already`);
      process = launch();
      emit({ kind: 'router-started', timeNs: clock.now(), router: name });
      for (const [lan, virtualRouter] of process.virtualRouters) {
        if (!ports.get(lan)!.isLinkUp()) virtualRouter.input({ kind: 'fault-began', reason: 'interface-lost' });
        virtualRouter.input({ kind: 'startup' });
      }
      emit({ kind: 'router-ready', timeNs: clock.now(), router: name });
    },
    stop() {
      const { virtualRouters } = running();
      emit({ kind: 'router-stopping', timeNs: clock.now(), router: name });
      give(() => {
        for (const [, virtualRouter] of virtualRouters) virtualRouter.input({ kind: 'shutdown' });
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
      for (const [, virtualRouter] of frozen.virtualRouters) virtualRouter.end();
      emit({ kind: 'router-frozen', timeNs: clock.now(), router: name });
    },
    thaw() {
      const thawed = running();
      if (!thawed.frozen) throw new StageError(`router '${name}' is not frozen`);
      thawed.frozen = false;
      emit({ kind: 'router-thawed', timeNs: clock.now(), router: name });
      for (const work of thawed.unread.splice(0)) work();
      if (process !== thawed) return;
      for (const [, virtualRouter] of thawed.virtualRouters) virtualRouter.input({ kind: 'timer' });
    },
    powerOff() {
      end({ signal: 'SIGKILL' });
    },
    receive(lan, arrival) {
      give(() => {
        for (const [own, virtualRouter] of process?.virtualRouters ?? []) {
          if (own === lan) virtualRouter.receive(arrival);
        }
      });
    },
    linkChanged(lan, up) {
      give(() => {
        for (const [own, virtualRouter] of process?.virtualRouters ?? []) {
          if (own !== lan) continue;
          virtualRouter.input(up ? { kind: 'fault-ended' } : { kind: 'fault-began', reason: 'interface-lost' });
        }
      });
    },
  };
}
