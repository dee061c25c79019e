import type { NotifyScripts, Script } from '../config/configuration.ts';
import type { Fifo } from './fifo.ts';
import type { Log } from './log.ts';
import { type PreparedScript, prepareScript, type ScriptOptions } from './scripts.ts';

/** States as keepalived's scripts know them. */
export type NotifiedState = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP';

/** Tells the scripts and FIFOs of a virtual router or a sync group; nothing waits for them. */
export interface Notifier {
  state(state: NotifiedState, priority: number): void;
  receivedLowerPriority(priority: number): void;
  priorityChanged(state: NotifiedState, priority: number): void;
}

/** Whom it is about, and who is told. */
export interface NotifierOptions extends ScriptOptions {
  readonly kind: 'INSTANCE' | 'GROUP';
  readonly name: string;
  readonly scripts: NotifyScripts;
  readonly priorityChanges: boolean;
  readonly fifos: readonly Fifo[];
  readonly log: Log;
}

const SCRIPT_OF: Readonly<Record<NotifiedState, keyof NotifyScripts>> = {
  MASTER: 'active',
  BACKUP: 'backup',
  FAULT: 'fault',
  STOP: 'stop',
};
/** Scripts of one virtual router that run at the same time; a script that hangs does not use up the machine. */
const MOST_RUNNING = 16;

/**
 * Prepares the scripts of a virtual router. `notify` gets keepalived's arguments, INSTANCE NAME STATE PRIORITY; the
 * others get their own alone. FIFOs get keepalived's lines, `INSTANCE "NAME" STATE PRIORITY`.
 * @throws ScriptError
 */
export function createNotifier(options: NotifierOptions): Notifier {
  const { kind, name, scripts, fifos, log } = options;
  const prepared = new Map<Script, PreparedScript>();
  for (const script of Object.values(scripts) as Script[]) prepared.set(script, prepareScript(script, options));
  let running = 0;

  function run(script: Script | undefined, extra: readonly string[] = []): void {
    if (script === undefined) return;
    if (running >= MOST_RUNNING) {
      log.line(`(${name}) ${script.program} is not run: ${running} scripts are still running`);
      return;
    }
    running += 1;
    prepared
      .get(script)!
      .start(extra)
      .ended.then((end) => {
        running -= 1;
        if (end.kind !== 'well') log.line(`(${name}) ${script.program} ${end.text}`);
      });
  }

  function tell(what: string, priority: number): void {
    for (const fifo of fifos) fifo.write(`${kind} "${name}" ${what} ${priority}\n`);
  }

  return {
    state(state, priority) {
      tell(state, priority);
      run(scripts[SCRIPT_OF[state]]);
      run(scripts.any, [kind, name, state, String(priority)]);
    },
    receivedLowerPriority(priority) {
      tell('MASTER_RX_LOWER_PRI', priority);
      run(scripts.activeReceivedLowerPriority);
    },
    priorityChanged(state, priority) {
      if (!options.priorityChanges || (state !== 'MASTER' && state !== 'BACKUP')) return;
      tell(`${state}_PRIORITY`, priority);
    },
  };
}
