import type { RouterConfiguration, Tracked, Tracking } from '../config/configuration.ts';
import type { Route } from '../linux/netlink/route.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import type { Log } from './log.ts';
import { trackFile } from './track-file.ts';
import { trackProcess } from './track-process.ts';
import { type Tracker, trackScript } from './track-script.ts';

/** What tracking makes of a virtual router. */
export interface Judgement {
  /** The effective priority, 1 to 254, or 255 for the owner whatever happens. */
  readonly priority: number;
  /** Why it is in fault, in words; empty where it is not. */
  readonly faults: readonly string[];
  /** A script that decides has not ended for the first time yet. */
  readonly undecided: boolean;
}

/** What is known about tracked objects: whether they are well, and the numbers in files. */
export interface TrackedStates {
  readonly interfaces: ReadonlyMap<string, boolean>;
  readonly scripts: ReadonlyMap<string, boolean>;
  readonly files: ReadonlyMap<string, number>;
  readonly processes: ReadonlyMap<string, boolean>;
}

const LOWEST_PRIORITY = 1;
const HIGHEST_PRIORITY = 254;
/** A file whose number, times the weight, is below this, is a fault. */
const LEAST_OF_FILE = -253;

/** The effective priority and the faults of a virtual router: base and weights, as keepalived adds them. */
export function judge(tracking: Tracking, basePriority: number, states: TrackedStates): Judgement {
  const faults: string[] = [];
  let sum = basePriority;
  let undecided = false;

  function count(kind: string, { name, weight, reverse }: Tracked, up: boolean | undefined): void {
    if (weight === 0) {
      if (up === undefined) undecided = true;
      else if (up === reverse) faults.push(`${kind} ${name} ${up ? 'is well' : 'fails'}`);
      return;
    }
    const applies = weight > 0 ? up !== false : up === false;
    if (applies) sum += reverse ? -weight : weight;
  }

  function countFile({ name, weight, reverse }: Tracked, value: number): void {
    if (weight === 0) {
      if ((value !== 0) !== reverse) faults.push(`track_file ${name} says ${value}`);
      return;
    }
    const result = value * weight * (reverse ? -1 : 1);
    if (result < LEAST_OF_FILE) faults.push(`track_file ${name} says ${value}`);
    else sum += result;
  }

  for (const tracked of tracking.interfaces)
    count('track_interface', tracked, states.interfaces.get(tracked.name) ?? false);
  for (const tracked of tracking.scripts) count('track_script', tracked, states.scripts.get(tracked.name));
  for (const tracked of tracking.files) countFile(tracked, states.files.get(tracked.name) ?? 0);
  for (const tracked of tracking.processes) count('track_process', tracked, states.processes.get(tracked.name));
  const priority =
    basePriority === OWNER_PRIORITY ? OWNER_PRIORITY : Math.max(LOWEST_PRIORITY, Math.min(HIGHEST_PRIORITY, sum));
  return { priority, faults, undecided };
}

/** Watches everything that a configuration tracks. */
export interface TrackedObjects {
  readonly states: TrackedStates;
  /** A link has changed: tracked interfaces are looked at again. */
  linksChanged(): void;
  close(): void;
}

/**
 * Starts to track; `changed` is called whenever a state is another one.
 * @param known what was known before a reload: a script's state stays until it has run
 * @throws ScriptError
 */
export function trackObjects(
  configuration: RouterConfiguration,
  route: Route,
  known: TrackedStates | undefined,
  log: Log,
  changed: () => void,
): TrackedObjects {
  const interfaces = new Map<string, boolean>();
  const scripts = new Map<string, boolean>();
  const files = new Map<string, number>();
  const processes = new Map<string, boolean>();
  const trackers: Tracker[] = [];
  const names = new Set(
    configuration.virtualRouters.flatMap(({ tracking }) => tracking.interfaces.map(({ name }) => name)),
  );
  let started = false;

  function set<Value>(states: Map<string, Value>, what: string, name: string, value: Value): void {
    const before = states.get(name);
    if (before === value) return;
    states.set(name, value);
    if (before !== undefined || value === false) log.line(`${what} ${name}: ${stateText(value)}`);
    if (started) changed();
  }

  function look(): void {
    for (const name of names) {
      const link = route.link(name);
      set(interfaces, 'track_interface', name, link?.up === true && link.carrier && link.running);
    }
  }

  function close(): void {
    for (const tracker of trackers) tracker.close();
  }

  try {
    look();
    for (const file of configuration.trackFiles)
      trackers.push(trackFile(file, log, (value) => set(files, 'track_file', file.name, value)));
    for (const one of configuration.trackProcesses)
      trackers.push(trackProcess(one, (up) => set(processes, 'track_process', one.name, up)));
    for (const script of configuration.trackScripts) {
      const before = known?.scripts.get(script.name) ?? (script.initiallyFailed ? false : undefined);
      if (before !== undefined) scripts.set(script.name, before);
      trackers.push(
        trackScript(script, configuration, before, log, (up) => set(scripts, 'track_script', script.name, up)),
      );
    }
  } catch (error) {
    close();
    throw error;
  }
  started = true;
  return { states: { interfaces, scripts, files, processes }, linksChanged: look, close };
}

function stateText(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return value === true ? 'well' : 'failed';
}
