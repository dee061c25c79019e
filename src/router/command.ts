import { writeFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { ConfigurationResult, Defaults, RouterConfiguration } from '../config/configuration.ts';
import { loadConfiguration } from '../config/load.ts';
import { describeConfigurationError } from '../config/problem.ts';
import { LinuxError } from '../linux/libc.ts';
import { canUseRealtime, setRealtimePriority } from '../linux/scheduling.ts';
import { createLog, type Log } from './log.ts';
import { type Router, startRouter } from './router.ts';

const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';
const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_UNUSABLE = 2;
const STANDARD_OUTPUT = 1;

/** What `vrrpbench router --help` prints. */
const ROUTER_HELP = `Usage: vrrpbench router [options]

Runs the virtual routers of a keepalived.conf on this machine's interfaces, until SIGTERM or SIGINT.
SIGHUP reads the configuration again.

Options:
  -f, --file FILE        the configuration (default: ${DEFAULT_FILE})
  -i, --config-id ID     what @ID lines are compared with (default: the host's name)
      --rfc 9568         the RFC's defaults in place of keepalived's
      --priority N       SCHED_FIFO priority once everything has started (as vrrp_rt_priority)
      --state-file FILE  where SIGUSR1 and SIGUSR2 write the state as JSON (default: standard output)
      --config-test      reads the configuration, says what is wrong with it, and ends
  -h, --help             this text
`;

interface Options {
  readonly file: string;
  readonly defaults: Defaults;
  readonly configurationId?: string;
  readonly priority?: number;
  readonly stateFile?: string;
  readonly testOnly: boolean;
}

/** Runs the command until the router has stopped; resolves with the exit status. */
export async function routerCommand(words: readonly string[]): Promise<number> {
  let options: Options | 'help';
  try {
    options = readOptions(words);
  } catch (error) {
    process.stderr.write(
      `vrrpbench router: ${(error as Error).message}\n(vrrpbench router --help lists the options)\n`,
    );
    return EXIT_UNUSABLE;
  }
  if (options === 'help') {
    process.stdout.write(ROUTER_HELP);
    return EXIT_OK;
  }
  const configuration = readConfiguration(options);
  if (configuration === undefined) return EXIT_UNUSABLE;
  if (options.testOnly) {
    process.stdout.write(`${options.file}: ${configuration.virtualRouters.length} virtual routers\n`);
    return EXIT_OK;
  }
  return runUntilStopped(configuration, options);
}

function readOptions(words: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      file: { type: 'string', short: 'f', default: DEFAULT_FILE },
      'config-id': { type: 'string', short: 'i' },
      rfc: { type: 'string' },
      priority: { type: 'string' },
      'state-file': { type: 'string' },
      'config-test': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.rfc !== undefined && values.rfc !== '9568')
    throw new Error(`--rfc ${values.rfc}: 9568 is the one that there is`);
  const priority = values.priority === undefined ? undefined : Number(values.priority);
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 1 && priority <= 99)) {
    throw new Error(`--priority ${values.priority}: a whole number from 1 to 99 is needed`);
  }
  const configurationId = values['config-id'];
  const stateFile = values['state-file'];
  return {
    file: values.file,
    defaults: values.rfc === undefined ? 'keepalived' : 'rfc9568',
    testOnly: values['config-test'],
    ...(configurationId === undefined ? {} : { configurationId }),
    ...(priority === undefined ? {} : { priority }),
    ...(stateFile === undefined ? {} : { stateFile }),
  };
}

function readConfiguration({ file, defaults, configurationId }: Options): RouterConfiguration | undefined {
  const result: ConfigurationResult = loadConfiguration(file, {
    defaults,
    ...(configurationId === undefined ? {} : { configurationId }),
  });
  for (const notice of result.notices) process.stderr.write(`${describeConfigurationError(notice)}\n`);
  if (result.ok) return result.configuration;
  for (const error of result.errors) process.stderr.write(`${describeConfigurationError(error)}\n`);
  return undefined;
}

async function runUntilStopped(configuration: RouterConfiguration, options: Options): Promise<number> {
  const log = createLog();
  // Asked to stop while it starts: it stops when it has started, so that nothing is left half done.
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
  });
  let router: Router;
  try {
    router = await startRouter(configuration, log);
  } catch (error) {
    log.line(`the router cannot start: ${(error as Error).message}${cureFor(error)}`);
    log.close();
    return EXIT_FAILED;
  }
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => writeState(router, options, log));
  process.on('SIGHUP', reloader(router, options, log));
  raisePriority(options.priority ?? configuration.realTimePriority, log);
  log.line(`ready: ${configuration.virtualRouters.length} virtual routers of ${configuration.file}`);
  const signal = await stopped;
  log.line(`Stopping (${signal})`);
  await router.stop();
  log.line('Stopped');
  log.close();
  return EXIT_OK;
}

/** Reloads on a signal, one at a time; a configuration that cannot be used changes nothing. */
function reloader(router: Router, options: Options, log: Log): () => void {
  let last = Promise.resolve();
  const reload = async (): Promise<void> => {
    log.line(`Reloading ${options.file}`);
    const next = readConfiguration(options);
    if (next === undefined) {
      log.line('the configuration cannot be used: the old one goes on');
      return;
    }
    try {
      await router.reload(next);
      log.line(`Reload complete: ${next.virtualRouters.length} virtual routers`);
    } catch (error) {
      log.line(`the configuration cannot be used: ${(error as Error).message}: the old one goes on`);
    }
  };
  return () => {
    last = last.then(reload);
  };
}

/** The kernel says only that something is not permitted; which privilege is missing is what helps. */
function cureFor(error: unknown): string {
  const isRefused = error instanceof LinuxError && (error.code === 'EPERM' || error.code === 'EACCES');
  return isRefused ? ' (run it as root, or with CAP_NET_ADMIN and CAP_NET_RAW)' : '';
}

function writeState(router: Router, { stateFile }: Options, log: Log): void {
  const text = `${JSON.stringify(router.describe())}\n`;
  try {
    if (stateFile === undefined) writeSync(STANDARD_OUTPUT, text);
    else writeFileSync(stateFile, text, { mode: 0o600 });
  } catch (error) {
    log.line(`the state cannot be written: ${(error as Error).message}`);
  }
}

/** Raised when everything has started: many that start at real-time priority hold up those that run. */
function raisePriority(priority: number | undefined, log: Log): void {
  if (priority === undefined) return;
  if (!canUseRealtime()) {
    log.line(`SCHED_FIFO priority ${priority} is not permitted (CAP_SYS_NICE, or ulimit -r): normal priority is kept`);
    return;
  }
  // This thread alone: it sends and receives; scripts and the pool's threads stay at normal priority.
  setRealtimePriority(0, priority);
}
