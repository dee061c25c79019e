import { existsSync, mkdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { clockPair } from '../../linux/clock.ts';
import { bindMount, mountTmpfs } from '../../linux/mount.ts';
import { keepReapingOrphans } from '../../linux/processes.ts';
import { canUseRealtime, getAffinity, setAffinity } from '../../linux/scheduling.ts';
import { StageError } from '../../stage/stage.ts';
import { createMessageReader, packJson } from '../channel/message.ts';
import {
  type AnswerBody,
  CONTROL_DESCRIPTOR,
  type ErrorBody,
  type Request,
  type RequestBody,
  type ServerMessage,
} from '../channel/protocol.ts';
import { isOwnChild } from './child.ts';
import { createNamespacePool } from './namespace-pool.ts';
import { buildServerSet, type ServerSet } from './set.ts';
import { createUsageMeter } from './usage.ts';
import { startWorkers } from './workers.ts';

// The lab's server: process 1 of a PID namespace, in user, mount and network namespaces of its own. When the channel to
// the command closes, it ends, and the kernel ends everything inside with it.

/** Where the sets' folders are; in the server's own mount namespace, so that the host never sees them. */
const LAB_FOLDER = '/run/vrrpbench';
/** A lab keeps to so many cores, so that each of them can be watched for stalls. */
const MOST_CORES = 16;
/** What waits for a command that does not read; a command that far behind is as good as gone. */
const LARGEST_BACKLOG_OCTETS = 64 * 1024 * 1024;

function leave(): never {
  process.exit(0);
}

function errorBody(error: unknown): ErrorBody {
  if (error instanceof StageError) {
    return { message: error.message, ...(error.cure === undefined ? {} : { cure: error.cure }) };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}

function serve(): void {
  const control = new Socket({ fd: CONTROL_DESCRIPTOR });
  const send = (message: ServerMessage): void => {
    if (control.writableLength > LARGEST_BACKLOG_OCTETS) leave();
    control.write(packJson(message));
  };
  // Process 1 gets no signal that it does not handle.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, leave);
  control.on('close', leave);
  control.on('end', leave);
  control.on('error', leave);

  const sets = new Map<number, ServerSet>();
  const cores = getAffinity(0).slice(0, MOST_CORES);
  try {
    mountTmpfs('/run');
    silenceHostLogs();
    mkdirSync(LAB_FOLDER, { recursive: true });
    keepReapingOrphans(isOwnChild);
    // Inherited by the workers and by every router.
    setAffinity(0, cores);
  } catch (error) {
    send({ kind: 'failed', error: errorBody(error) });
    control.end(leave);
    return;
  }

  const meter = createUsageMeter();
  const pool = createNamespacePool(meter);
  const workers = startWorkers(cores, (notice) => send({ kind: 'clock-step', ...notice }));

  function setOf(number: number): ServerSet {
    const set = sets.get(number);
    if (!set) throw new StageError('the set is closed');
    return set;
  }

  async function handle(request: RequestBody): Promise<AnswerBody> {
    switch (request.kind) {
      case 'build': {
        const set = await buildServerSet({
          request,
          pool,
          workers,
          meter,
          folder: `${LAB_FOLDER}/${request.set}`,
          emit: (event) => send({ kind: 'event', set: request.set, event }),
        });
        sets.set(request.set, set);
        return {};
      }
      case 'perform':
        await setOf(request.set).perform(request.action);
        return {};
      case 'close-set': {
        const set = setOf(request.set);
        sets.delete(request.set);
        return { result: await set.close() };
      }
      case 'name-machines':
        return { machines: setOf(request.set).nameMachines() };
      case 'usage':
        await pool.cleaned();
        return { usage: meter.read() };
    }
  }

  control.on(
    'data',
    createMessageReader((body) => {
      const request = JSON.parse(body.toString('utf8')) as Request;
      handle(request).then(
        (answer) => send({ kind: 'answer', id: request.id, ...answer }),
        (error: unknown) => send({ kind: 'answer', id: request.id, error: errorBody(error) }),
      );
    }),
  );

  const realTime = canUseRealtime();
  // What starts takes a core each: the first set is not built beside it.
  void workers.ready.then(() => {
    const { realtimeNs, monotonicNs } = clockPair();
    send({ kind: 'ready', realTime, clock: { realtimeNs: String(realtimeNs), monotonicNs } });
  });
}

serve();

/**
 * Daemons write to the system's log, and nobody listens in here. Then the C library writes to the machine's console: where
 * that is a serial line, a core runs nobody else for up to 50 ms. What the bench's routers say is not the host's affair either.
 */
function silenceHostLogs(): void {
  for (const path of ['/dev/log', '/dev/console']) if (existsSync(path)) bindMount('/dev/null', path);
}
