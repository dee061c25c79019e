import type { ChildProcess } from 'node:child_process';
import type { TrackScript } from '../config/configuration.ts';
import type { Log } from './log.ts';
import { prepareScript, type ScriptOptions, scriptOutcome, signalScript } from './scripts.ts';

/** Something that is watched until it is closed. */
export interface Tracker {
  close(): void;
}

const MILLISECOND_NS = 1_000_000;
/** After SIGTERM a script has this long before SIGKILL. */
const GRACE_MS = 1000;

/**
 * Runs a vrrp_script every interval; one that has not ended when the next is due is waited for. The first result counts
 * at once, later ones after `rise` successes or `fall` failures in a row.
 * @throws ScriptError
 */
export function trackScript(
  configuration: TrackScript,
  options: ScriptOptions,
  known: boolean | undefined,
  log: Log,
  changed: (up: boolean) => void,
): Tracker {
  const { name, intervalNs, timeoutNs, rise, fall } = configuration;
  const script = prepareScript(configuration.script, options);
  let up = known;
  let streak = 0;
  let child: ChildProcess | undefined;
  let last = '';

  function conclude(success: boolean, text: string): void {
    if (text !== last) log.line(`vrrp_script ${name} ${text}`);
    last = text;
    streak = success === up ? 0 : streak + 1;
    if (success === up) return;
    if (up !== undefined && streak < (success ? rise : fall)) return;
    up = success;
    streak = 0;
    changed(success);
  }

  function run(): void {
    if (child !== undefined) return;
    const mine = script.start();
    child = mine;
    let timedOut = false;
    let killer: NodeJS.Timeout | undefined;
    const timeout = setTimeout(() => {
      timedOut = true;
      signalScript(mine, 'SIGTERM');
      killer = setTimeout(() => signalScript(mine, 'SIGKILL'), GRACE_MS);
      conclude(false, 'took too long');
    }, timeoutNs / MILLISECOND_NS);
    const ended = (success: boolean, text: string): void => {
      if (child !== mine) return;
      clearTimeout(timeout);
      clearTimeout(killer);
      child = undefined;
      if (!closed && !timedOut) conclude(success, text);
    };
    mine.once('error', (error) => ended(false, `cannot be run: ${error.message}`));
    mine.once('exit', (code, signal) => {
      const outcome = scriptOutcome(code, signal);
      ended(outcome === undefined, outcome === undefined ? 'succeeded' : `failed: it ${outcome}`);
    });
  }

  let closed = false;
  const interval = setInterval(run, Math.max(1, intervalNs / MILLISECOND_NS));
  run();
  return {
    close() {
      closed = true;
      clearInterval(interval);
      if (child !== undefined) signalScript(child, 'SIGKILL');
    },
  };
}
