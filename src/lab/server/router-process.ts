import type { ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunEvent } from '../../capture/event.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import type { Namespace } from '../../linux/namespace.ts';
import { StageError } from '../../stage/stage.ts';
import type { LaunchCommand, LaunchFile, RouterLaunch } from '../launch.ts';
import { spawnIn } from './child.ts';
import { createLogRing, type LogRing } from './log-ring.ts';
import { freezeAll, killAll, killFrozen, listProcesses, thawAll } from './process-tree.ts';
import { raise } from './real-time.ts';

/** What a router's process needs of its set. */
export interface RouterProcessParts {
  readonly name: string;
  readonly launch: RouterLaunch;
  /** A folder of its own, empty. */
  readonly folder: string;
  readonly namespace: Namespace;
  now(): Nanoseconds;
  emit(event: RunEvent): void;
  /** It is ready, by these processes. */
  started(pids: readonly number[]): void;
  /** These processes are the router's, and watched from now on for how long they wait for a core. */
  watch(pids: readonly number[]): Promise<void>;
}

/** The process, or processes, of one router. */
export interface RouterProcess {
  /** Runs what must come before, starts it, and waits until it says that it is ready. */
  start(): Promise<void>;
  /** Asks it to end; the end itself is told by the event `router-exited`. */
  stop(): void;
  /** Gives it these files in place of those that it had, and asks it to read them. */
  reload(files: readonly LaunchFile[]): void;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Somebody else is about to end it: its end will be no surprise. */
  expectEnd(): void;
  /** Resolves when it has ended; at once where it does not run. */
  ended(): Promise<void>;
  /** Whether it was ever started, so that it may have left something in its namespace. */
  wasStarted(): boolean;
  logs(): string[];
  /** Files that it was given: path below its folder to text. */
  configuration(): Record<string, string>;
}

const PREPARE_TIMEOUT_MS = 10_000;
const DEATH_TIMEOUT_MS = 5_000;
/** Lines that are still in the pipe when the process has ended are waited for this long. */
const LAST_LINES_MS = 100;
const LAST_LINES = 20;

interface Running {
  readonly child: ChildProcess;
  /** Somebody asked for its end. */
  expected: boolean;
  frozen: boolean;
  readonly exited: Promise<void>;
  hasExited: boolean;
}

/** Resolves to false when the time is over first. */
async function within(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}

/** Makes the process of one router; nothing is started yet. */
export function createRouterProcess(parts: RouterProcessParts): RouterProcess {
  const { name, launch, folder, namespace, now, emit } = parts;
  let running: Running | undefined;
  let { files } = launch;
  let onLine: (line: string) => void = () => {};
  const log: LogRing = createLogRing((line) => onLine(line));
  const inFolder = (text: string): string => text.replaceAll('{folder}', folder);

  function fail(message: string): StageError {
    const lines = log.last(LAST_LINES);
    const said = lines.length === 0 ? 'it wrote nothing' : `its last lines:\n  ${lines.join('\n  ')}`;
    return new StageError(`router '${name}' ${message}; ${said}`);
  }

  function spawnInside({ program, arguments: words, environment }: LaunchCommand): ChildProcess {
    const child = spawnIn(namespace, inFolder(program), words.map(inFolder), {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, TMPDIR: join(folder, 'tmp'), HOME: folder, ...environment },
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => log.write(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => log.write(text));
    return child;
  }

  function layOutFiles(): void {
    mkdirSync(join(folder, 'tmp'), { recursive: true });
    for (const path of launch.removeBeforeStart) rmSync(join(folder, path), { force: true });
    writeFiles();
  }

  function writeFiles(): void {
    for (const { path, text, mode } of files) {
      const full = join(folder, path);
      mkdirSync(dirname(full), { recursive: true });
      rmSync(full, { force: true });
      writeFileSync(full, inFolder(text), { mode });
    }
  }

  async function prepare(command: LaunchCommand): Promise<void> {
    const child = spawnInside(command);
    let outcome = 'did not end';
    const ended = new Promise<void>((resolve) => {
      child.once('error', (error) => {
        outcome = error.message;
        resolve();
      });
      child.once('close', (code, signal) => {
        outcome = code === 0 ? '' : `ended with ${signal ?? `exit status ${code}`}`;
        resolve();
      });
    });
    if (!(await within(ended, PREPARE_TIMEOUT_MS))) child.kill('SIGKILL');
    if (outcome !== '') throw fail(`could not be prepared: '${command.program}' ${outcome}`);
  }

  function watchExit(child: ChildProcess): Running {
    let told: () => void = () => {};
    const state: Running = {
      child,
      expected: false,
      frozen: false,
      hasExited: false,
      exited: new Promise((resolve) => {
        told = resolve;
      }),
    };
    child.once('exit', (code, signal) => {
      const timeNs = now();
      state.hasExited = true;
      const closed = new Promise<void>((resolve) => {
        child.once('close', () => resolve());
      });
      void within(closed, LAST_LINES_MS).then(() => {
        emit({
          kind: 'router-exited',
          timeNs,
          router: name,
          expected: state.expected,
          ...(code === null ? {} : { exitCode: code }),
          ...(signal === null ? {} : { signal }),
          lastLogLines: log.last(LAST_LINES),
        });
        told();
      });
    });
    return state;
  }

  /** Resolves at the first line that says that it is ready, and rejects where it ends or is late. */
  async function awaitReady(state: Running): Promise<void> {
    if (launch.readyPattern !== undefined) {
      const pattern = new RegExp(launch.readyPattern);
      const ready = new Promise<void>((resolve) => {
        onLine = (line) => {
          if (pattern.test(line)) resolve();
        };
      });
      const inTime = await within(Promise.race([ready, state.exited]), launch.readyTimeoutMs);
      onLine = () => {};
      if (!inTime) throw fail(`was not ready within ${launch.readyTimeoutMs} ms`);
    }
    if (state.hasExited) throw fail('ended while it started');
  }

  /** Gives its processes the priority that they are to have, and has them watched. */
  async function attend(): Promise<void> {
    const pids = listProcesses([namespace]).map(({ pid }) => pid);
    parts.started(pids);
    if (launch.realTimePriority !== undefined) for (const pid of pids) raise(pid, launch.realTimePriority);
    await parts.watch(pids);
  }

  /** The process that runs. @throws StageError where there is none */
  function expectRunning(): Running {
    if (!running || running.hasExited) throw new StageError(`router '${name}' is not running`);
    return running;
  }

  async function awaitDeath(state: Running): Promise<void> {
    if (!(await within(state.exited, DEATH_TIMEOUT_MS))) throw fail(`did not die within ${DEATH_TIMEOUT_MS} ms`);
  }

  /** A former process that was asked to end may still be about to. */
  async function awaitFormerEnd(): Promise<void> {
    if (!running) return;
    if (!running.expected && !running.hasExited) throw new StageError(`router '${name}' is running already`);
    if (!(await within(running.exited, launch.stopTimeoutMs))) killAll([namespace]);
    await awaitDeath(running);
  }

  return {
    async start() {
      await awaitFormerEnd();
      // What a former one left running in the namespace is not part of the new one.
      if (running) killAll([namespace]);
      layOutFiles();
      for (const command of launch.prepare) await prepare(command);
      const timeNs = now();
      const child = spawnInside(launch.command);
      const state = watchExit(child);
      const failed = new Promise<never>((_, reject) => {
        child.once('error', (error) => reject(fail(`cannot be started: ${error.message}`)));
      });
      running = state;
      if (child.pid === undefined) {
        running = undefined;
        await failed;
      }
      failed.catch(() => {});
      emit({ kind: 'router-started', timeNs, router: name });
      await awaitReady(state);
      await attend();
      emit({ kind: 'router-ready', timeNs: now(), router: name });
    },
    stop() {
      const state = expectRunning();
      state.expected = true;
      emit({ kind: 'router-stopping', timeNs: now(), router: name });
      state.child.kill(launch.stopSignal);
      void within(state.exited, launch.stopTimeoutMs).then((ended) => {
        if (!ended) killAll([namespace]);
      });
    },
    reload(next) {
      const { child } = expectRunning();
      if (launch.reloadSignal === undefined)
        throw new StageError(`router '${name}' cannot read its configuration again`);
      files = next;
      writeFiles();
      emit({ kind: 'note', timeNs: now(), text: `${name} is asked to read its configuration again` });
      child.kill(launch.reloadSignal);
    },
    async kill() {
      const state = expectRunning();
      state.expected = true;
      const frozen = freezeAll([namespace]);
      const timeNs = now();
      killFrozen(frozen);
      emit({ kind: 'router-killed', timeNs, router: name });
      await awaitDeath(state);
    },
    freeze() {
      const state = expectRunning();
      if (state.frozen) throw new StageError(`router '${name}' is frozen already`);
      freezeAll([namespace]);
      state.frozen = true;
      emit({ kind: 'router-frozen', timeNs: now(), router: name });
    },
    thaw() {
      const state = expectRunning();
      if (!state.frozen) throw new StageError(`router '${name}' is not frozen`);
      state.frozen = false;
      const timeNs = now();
      thawAll([namespace]);
      emit({ kind: 'router-thawed', timeNs, router: name });
    },
    expectEnd() {
      if (running) running.expected = true;
    },
    async ended() {
      if (running && !running.hasExited) await awaitDeath(running);
    },
    wasStarted: () => running !== undefined,
    logs: () => log.lines(),
    configuration: () => Object.fromEntries(files.map(({ path, text }) => [path, inFolder(text)])),
  };
}
