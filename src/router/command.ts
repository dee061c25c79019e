import { parseArgs } from 'node:util';
import {
  type ConfigurationResult,
  DEFAULTS,
  type Defaults,
  type RouterConfiguration,
} from '../config/configuration.ts';
import { type LoadOptions, loadConfiguration } from '../config/load.ts';
import { printConfiguration } from '../config/print.ts';
import { describeConfigurationError } from '../config/problem.ts';
import { type Output, openOutput } from '../linux/output.ts';
import { hasPrivilege } from '../linux/privileges.ts';
import { canUseRealtime, clearRealtimePriority, setRealtimePriority } from '../linux/scheduling.ts';
import { type Conduct, RIGHT_CONDUCT } from './conduct.ts';
import { readConfiguration } from './configuration-reader.ts';
import { createLog, LOG_WAITING_OCTETS, type Log } from './log.ts';
import { keepalivedJson } from './observe/keepalived-json.ts';
import { type MetricsAddress, parseMetricsAddress } from './observe/metrics-address.ts';
import { rfc8347Document } from './observe/rfc8347.ts';
import { createStateWriter, type StateWriter } from './observe/state-writer.ts';
import { type Router, startRouter } from './router.ts';

const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';
const EXIT_OK = 0;
const EXIT_FAILED = 1;
const LOWEST_REALTIME_PRIORITY = 1;
const EXIT_UNUSABLE = 2;
const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;
const CONFIGURATION_FIELDS = { level: 'warn', event: 'configuration' } as const;

/** What `vrrpbench router --help` prints. */
const ROUTER_HELP = `Usage: vrrpbench router [options]

Runs the virtual routers of a keepalived.conf on this machine's interfaces, until SIGTERM or SIGINT.
SIGHUP reads the configuration again.

Options:
  -f, --file FILE        the configuration (default: ${DEFAULT_FILE})
  -i, --config-id ID     what @ID lines are compared with (default: the host's name)
      --rfc NUMBER       the defaults of RFC 9568, 5798 or 3768 in place of keepalived's
      --priority N       SCHED_FIFO priority once everything has started (as vrrp_rt_priority)
      --state-file FILE  where SIGUSR1 (as keepalived's) and SIGUSR2 (as RFC 8347's) write the state as JSON
                         (default: standard output)
      --metrics ADDRESS  offers metrics for Prometheus: unix:/PATH, :PORT on loopback, or ADDRESS:PORT
      --log json         the log as JSON, an object a line (default: text)
      --misbehaviour NAME does one thing wrong, for tests of those beside it
      --config-test      reads the configuration, says what is wrong with it or writes it with all defaults, and ends
  -h, --help             this text
`;

interface Options {
  readonly file: string;
  readonly defaults: Defaults;
  readonly configurationId?: string;
  readonly priority?: number;
  readonly stateFile?: string;
  readonly metrics?: MetricsAddress;
  readonly jsonLog: boolean;
  readonly testOnly: boolean;
  readonly misbehaviour?: string;
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
  if (options.testOnly) return testConfiguration(options);
  const log = await openLog(options);
  const complain = options.jsonLog ? (text: string) => log.line(text, CONFIGURATION_FIELDS) : writeError;
  const configuration = usable(loadConfiguration(options.file, loadOptions(options)), complain);
  const status = configuration === undefined ? EXIT_UNUSABLE : await runUntilStopped(configuration, options, log);
  await log.close();
  return status;
}

function testConfiguration(options: Options): number {
  const configuration = usable(loadConfiguration(options.file, loadOptions(options)), writeError);
  if (configuration === undefined) return EXIT_UNUSABLE;
  const { length } = configuration.virtualRouters;
  process.stdout.write(`! ${options.file}: ${length} virtual routers\n\n${printConfiguration(configuration)}`);
  return EXIT_OK;
}

function writeError(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A log in JSON is of a library, which is loaded where it is asked for. */
async function openLog({ jsonLog }: Options): Promise<Log> {
  const output: Output = openOutput(STANDARD_ERROR, LOG_WAITING_OCTETS);
  return jsonLog ? (await import('./observe/json-log.ts')).createJsonLog(output) : createLog(output);
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
      metrics: { type: 'string' },
      log: { type: 'string', default: 'text' },
      misbehaviour: { type: 'string' },
      'config-test': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const defaults = values.rfc === undefined ? 'keepalived' : DEFAULTS.find((one) => one === `rfc${values.rfc}`);
  if (defaults === undefined) throw new Error(`--rfc ${values.rfc}: 9568, 5798 and 3768 are those that there are`);
  const priority = values.priority === undefined ? undefined : Number(values.priority);
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 1 && priority <= 99)) {
    throw new Error(`--priority ${values.priority}: a whole number from 1 to 99 is needed`);
  }
  if (values.log !== 'text' && values.log !== 'json') throw new Error(`--log ${values.log}: text or json is needed`);
  const configurationId = values['config-id'];
  const stateFile = values['state-file'];
  return {
    file: values.file,
    defaults,
    testOnly: values['config-test'],
    jsonLog: values.log === 'json',
    ...(values.misbehaviour === undefined ? {} : { misbehaviour: values.misbehaviour }),
    ...(values.metrics === undefined ? {} : { metrics: parseMetricsAddress(values.metrics) }),
    ...(configurationId === undefined ? {} : { configurationId }),
    ...(priority === undefined ? {} : { priority }),
    ...(stateFile === undefined ? {} : { stateFile }),
  };
}

function loadOptions({ defaults, configurationId }: Options): LoadOptions {
  return { defaults, ...(configurationId === undefined ? {} : { configurationId }) };
}

/** The configuration where it can be used; what is to be said of it is said. */
function usable(result: ConfigurationResult, complain: (text: string) => void): RouterConfiguration | undefined {
  for (const notice of result.notices) complain(describeConfigurationError(notice));
  if (result.ok) return result.configuration;
  for (const error of result.errors) complain(describeConfigurationError(error));
  return undefined;
}

async function runUntilStopped(configuration: RouterConfiguration, options: Options, log: Log): Promise<number> {
  // Asked to stop while it starts: it stops when it has started, so that nothing is left half done.
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
  });
  const missing = missingPrivileges();
  if (missing !== '') {
    log.line(`the router cannot start ${missing}`, { level: 'error' });
    return EXIT_FAILED;
  }
  let router: Router;
  try {
    router = await startRouter(configuration, log, await conductOf(options));
  } catch (error) {
    log.line(`the router cannot start: ${(error as Error).message}`, { level: 'error' });
    return EXIT_FAILED;
  }
  const metrics = await offerMetrics(router, options, log);
  if (metrics === undefined) {
    await router.stop();
    return EXIT_FAILED;
  }
  const states = createStateWriter(options.stateFile ?? STANDARD_OUTPUT, log);
  writeStateOnSignals(router, states);
  process.on('SIGHUP', reloader(router, options, log, configuration.realTimePriority));
  raisePriority(options.priority ?? configuration.realTimePriority, log);
  log.line(`ready: ${configuration.virtualRouters.length} virtual routers of ${configuration.file}`, {
    event: 'ready',
  });
  const signal = await stopped;
  log.line(`Stopping (${signal})`, { event: 'stopping', signal });
  await router.stop();
  await metrics.close();
  await states.close();
  log.line('Stopped', { event: 'stopped' });
  return EXIT_OK;
}

/** What may be wrong is loaded where it is asked for. */
async function conductOf({ misbehaviour }: Options): Promise<Conduct> {
  if (misbehaviour === undefined) return RIGHT_CONDUCT;
  const { misbehavingBy } = await import('./misbehaving.ts');
  return misbehavingBy(misbehaviour);
}

/** Metrics are of a library, which is loaded where they are asked for; undefined: they cannot be offered. */
async function offerMetrics(
  router: Router,
  { metrics }: Options,
  log: Log,
): Promise<{ close(): Promise<void> } | undefined> {
  if (metrics === undefined) return { close: () => Promise.resolve() };
  const { serveMetrics } = await import('./observe/metrics-server.ts');
  try {
    return await serveMetrics(metrics, router.view, log);
  } catch (error) {
    log.line(`the metrics cannot be offered: ${(error as Error).message}`, { level: 'error' });
    return undefined;
  }
}

function writeStateOnSignals(router: Router, states: StateWriter): void {
  process.on('SIGUSR1', () => states.write(router.view().instances.map(keepalivedJson)));
  process.on('SIGUSR2', () => states.write(rfc8347Document(router.view())));
}

/** Reloads on a signal, one at a time; signals that come before the next one begins are one. */
function reloader(router: Router, options: Options, log: Log, initialPriority: number | undefined): () => void {
  // What the configuration asked for, not what somebody else gave the process.
  let realTimePriority = initialPriority;
  let last = Promise.resolve();
  let waits = false;
  const reload = async (): Promise<void> => {
    waits = false;
    log.line(`Reloading ${options.file}`, { event: 'reload' });
    const result = await readConfiguration(options.file, loadOptions(options));
    const next = usable(result, (text) => log.line(text, CONFIGURATION_FIELDS));
    if (next === undefined) {
      log.line('the configuration cannot be used: the old one goes on');
      return;
    }
    try {
      await router.reload(next);
      if (options.priority === undefined && next.realTimePriority !== realTimePriority) {
        realTimePriority = next.realTimePriority;
        if (realTimePriority === undefined) clearRealtimePriority(process.pid);
        else raisePriority(realTimePriority, log);
      }
      log.line(`Reload complete: ${next.virtualRouters.length} virtual routers`);
    } catch (error) {
      log.line(`the configuration cannot be used: ${(error as Error).message}: the old one goes on`);
    }
  };
  return () => {
    if (waits) return;
    waits = true;
    last = last.then(reload);
  };
}

/** The kernel would say only that something is not permitted, some of it when the router becomes Active; empty: nothing. */
function missingPrivileges(): string {
  const missing = (['CAP_NET_ADMIN', 'CAP_NET_RAW'] as const).filter((name) => !hasPrivilege(name));
  if (missing.length === 0) return '';
  return `without ${missing.join(' and ')} (run it as root, or with CAP_NET_ADMIN and CAP_NET_RAW)`;
}

/** Raised when everything has started: many that start at real-time priority hold up those that run. */
function raisePriority(priority: number | undefined, log: Log): void {
  if (priority === undefined) return;
  if (!canUseRealtime()) {
    log.line(`SCHED_FIFO priority ${priority} is not permitted (CAP_SYS_NICE, or ulimit -r): normal priority is kept`);
    return;
  }
  // The pool's threads and the engine's hold locks that this one waits for: at normal priority whoever keeps the cores busy
  // would decide for how long. They come after it, and what they start runs at normal priority.
  setRealtimePriority(process.pid, Math.max(LOWEST_REALTIME_PRIORITY, priority - 1));
  setRealtimePriority(0, priority);
}
