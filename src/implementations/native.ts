import { programPath } from '../linux/programs.ts';
import { StageError } from '../stage/stage.ts';
import { configurationOf } from './configuration-text.ts';
import type { Availability, Implementation } from './implementation.ts';
import { routerAdvertisementLines } from './router-advertisement-lines.ts';

const STOP_TIMEOUT_MS = 5_000;
/** Many that start at once share the cores: one alone needs a tenth of a second. */
const READY_TIMEOUT_MS = 20_000;
const PRIORITY = 10;

/** Garbage is collected by the thread that makes it, often and briefly: helpers at normal priority would hold it up. */
const STEADY_NODE_FLAGS = ['--single-threaded-gc', '--max-semi-space-size=1'];

function find(): Availability {
  try {
    return { available: true, program: programPath('router') };
  } catch (error) {
    return { available: false, reason: (error as Error).message, cure: 'make build' };
  }
}

/** The router of this package, run as users run it. */
export const native: Implementation = {
  name: 'native',
  find,
  launch(router) {
    const found = find();
    if (!found.available) throw new StageError(found.reason, found.cure);
    return {
      files: [{ path: 'keepalived.conf', text: configurationOf(router, routerAdvertisementLines), mode: 0o600 }],
      prepare: [],
      command: {
        program: process.execPath,
        // What a scenario leaves open is the RFC's choice: IPv4's checksum in version 3, say (RFC 9568 §5.2.8).
        arguments: [
          ...STEADY_NODE_FLAGS,
          ...[found.program, '--rfc', router.rfc ?? '9568', '-f', '{folder}/keepalived.conf'],
          ...(router.misbehaviour === undefined ? [] : ['--misbehaviour', router.misbehaviour]),
        ],
      },
      stopSignal: 'SIGTERM',
      reloadSignal: 'SIGHUP',
      stopTimeoutMs: STOP_TIMEOUT_MS,
      readyPattern: '\\bready: \\d+ virtual router',
      readyTimeoutMs: READY_TIMEOUT_MS,
      realTimePriority: PRIORITY,
      removeBeforeStart: [],
    };
  },
};
