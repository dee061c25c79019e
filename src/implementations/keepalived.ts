import { findProgram } from '../linux/programs.ts';
import { NotPlayableError, StageError } from '../stage/stage.ts';
import type { RouterDescription } from '../stage/topology.ts';
import { configurationOf } from './configuration-text.ts';
import type { Availability, Implementation } from './implementation.ts';

/** Seconds that it takes to leave: 1.1 s after SIGTERM as a rule. */
const STOP_TIMEOUT_MS = 5_000;
const READY_TIMEOUT_MS = 10_000;
const PRIORITY = 10;

function find(): Availability {
  const program = findProgram('keepalived');
  return program === undefined
    ? {
        available: false,
        reason: 'keepalived is not installed',
        cure: 'sudo apt-get install --no-install-recommends keepalived nftables',
      }
    : { available: true, program };
}

function refuseRouterAdvertisements({ name, virtualRouters }: RouterDescription): void {
  if (virtualRouters.every(({ routerAdvertisements }) => routerAdvertisements !== true)) return;
  throw new NotPlayableError(
    `router '${name}' is to be played by keepalived, which sends no Router Advertisements: it leaves them to another program`,
  );
}

/**
 * keepalived, versions 2 and 3, IPv4 and IPv6: VRRP alone (-P), in the foreground (-n), logging to the console (-l) and
 * in detail (-D). Everything of it is in the router's folder, so that any number run on one machine.
 */
export const keepalived: Implementation = {
  name: 'keepalived',
  find,
  launch(router) {
    const found = find();
    if (!found.available) throw new StageError(found.reason, found.cure);
    refuseRouterAdvertisements(router);
    const configuration = '{folder}/keepalived.conf';
    return {
      // It warns of a configuration that others can read.
      files: [{ path: 'keepalived.conf', text: configurationOf(router), mode: 0o600 }],
      prepare: [],
      command: {
        program: found.program,
        arguments: [
          '-n',
          '-l',
          '-D',
          '-P',
          '-f',
          configuration,
          '-p',
          '{folder}/keepalived.pid',
          '-r',
          '{folder}/vrrp.pid',
        ],
      },
      stopSignal: 'SIGTERM',
      reloadSignal: 'SIGHUP',
      stopTimeoutMs: STOP_TIMEOUT_MS,
      readyPattern: 'Startup complete|Entering (BACKUP|MASTER|FAULT) STATE',
      readyTimeoutMs: READY_TIMEOUT_MS,
      realTimePriority: PRIORITY,
      // After a crash they are still there, and it would not start.
      removeBeforeStart: ['keepalived.pid', 'vrrp.pid'],
    };
  },
};
