import { readdirSync, readFileSync } from 'node:fs';
import type { TrackProcess } from '../config/configuration.ts';
import type { Tracker } from './track-script.ts';

/** How often the process table is read. */
const PERIOD_MS = 100;
/** A process that was seen this often keeps its name: programs that start others change it at the beginning. */
const SETTLED_AFTER = 20;
const MILLISECOND_NS = 1_000_000;

interface Seen {
  matches: boolean;
  times: number;
}

/** Counts the processes of a vrrp_track_process; tells whether they are as many as they should be, at once at first. */
export function trackProcess(configuration: TrackProcess, changed: (up: boolean) => void): Tracker {
  const { quorum, quorumMaximum = Number.POSITIVE_INFINITY, upDelayNs, downDelayNs } = configuration;
  let seen = new Map<string, Seen>();
  let up: boolean | undefined;
  let pending: NodeJS.Timeout | undefined;

  function count(): number {
    const now = new Map<string, Seen>();
    let total = 0;
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const before = seen.get(pid);
      const entry = before ?? { matches: false, times: 0 };
      // A process that has ended stays in the table until it is reaped: those that match are looked at every time.
      if (entry.times < SETTLED_AFTER || entry.matches) entry.matches = processMatches(configuration, pid);
      entry.times += 1;
      now.set(pid, entry);
      if (entry.matches) total += 1;
    }
    seen = now;
    return total;
  }

  function settle(next: boolean): void {
    pending = undefined;
    up = next;
    changed(next);
  }

  function look(): void {
    const total = count();
    const next = total >= quorum && total <= quorumMaximum;
    if (next === up) {
      clearTimeout(pending);
      pending = undefined;
      return;
    }
    if (pending !== undefined) return;
    const delayNs = next ? upDelayNs : downDelayNs;
    if (up === undefined || delayNs === 0) settle(next);
    else pending = setTimeout(() => settle(next), delayNs / MILLISECOND_NS);
  }

  const interval = setInterval(look, PERIOD_MS);
  look();
  return {
    close() {
      clearInterval(interval);
      clearTimeout(pending);
    },
  };
}

function processMatches({ command, parameterMatch, fullCommand }: TrackProcess, pid: string): boolean {
  const [program, ...parameters] = command;
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const nameEnd = status.lastIndexOf(')');
    if (status[nameEnd + 2] === 'Z') return false;
    if (!fullCommand && parameterMatch === undefined && parameters.length === 0) {
      // The kernel keeps 15 characters.
      return status.slice(status.indexOf('(') + 1, nameEnd) === program!.slice(0, 15);
    }
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const [actual = '', ...given] = words;
    if (actual !== program && (fullCommand || actual.split('/').at(-1) !== program)) return false;
    return parametersMatch(parameters, given, parameterMatch);
  } catch {
    // It has ended.
    return false;
  }
}

function parametersMatch(
  wanted: readonly string[],
  given: readonly string[],
  match: TrackProcess['parameterMatch'],
): boolean {
  if (given.length < wanted.length || (match !== 'partial' && given.length !== wanted.length)) return false;
  return wanted.every((word, index) => {
    const isLast = index === wanted.length - 1;
    return match === 'initial' && isLast ? given[index]!.startsWith(word) : given[index] === word;
  });
}
