import type { TrackScript } from '../config/configuration.ts';
import type { Log } from './log.ts';
import { prepareScript, type RunningScript, type ScriptEnd, type ScriptOptions } from './scripts.ts';

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
  let running: RunningScript | undefined;
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
    if (running !== undefined) return;
    const mine = script.start();
    running = mine;
    let timedOut = false;
    let killer: NodeJS.Timeout | undefined;
    const timeout = setTimeout(() => {
      timedOut = true;
      mine.signal('SIGTERM');
      killer = setTimeout(() => mine.signal('SIGKILL'), GRACE_MS);
      conclude(false, 'took too long');
    }, timeoutNs / MILLISECOND_NS);
    mine.ended.then((end) => {
      clearTimeout(timeout);
      clearTimeout(killer);
      running = undefined;
      if (!closed && !timedOut) conclude(end.kind === 'well', textOf(end));
    });
  }

  let closed = false;
  const interval = setInterval(run, Math.max(1, intervalNs / MILLISECOND_NS));
  run();
  return {
    close() {
      closed = true;
      clearInterval(interval);
      running?.signal('SIGKILL');
    },
  };
}

function textOf(end: ScriptEnd): string {
  if (end.kind === 'well') return 'succeeded';
  return end.kind === 'badly' ? `failed: it ${end.text}` : end.text;
}
