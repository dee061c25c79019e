import { formatDuration, formatTime, MILLISECOND, type TimeOrigin } from '../capture/time.ts';
import { createLiveOutages, type LiveOutage, type LiveOutages } from '../failover/live-outages.ts';
import { createSessionClock, monotonicNow, type SessionClock } from '../linux/clock.ts';
import { openEchoSocket } from '../linux/echo-socket.ts';
import { LinuxError } from '../linux/libc.ts';
import { ownNamespace } from '../linux/namespace.ts';
import { findLink } from '../linux/netlink/link.ts';
import { openNetlink } from '../linux/netlink/socket.ts';
import { createTimer } from '../linux/timer.ts';
import { printable } from '../report/printable.ts';
import { parseAddress } from '../wire/address.ts';
import { EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';
import { untilInterrupted } from './until-interrupted.ts';

/** The options of `vrrpbench probe` as commander hands them over; durations in nanoseconds. */
export interface ProbeCommandOptions {
  readonly every: number;
  readonly for?: number;
  readonly below?: number;
  readonly interface?: string;
  readonly json?: boolean;
}

/** What cannot be probed, in words, with the cure. */
class ProbeError extends Error {
  override readonly name = 'ProbeError';
}

const LOOK_MS = 100;
const SHORTEST_INTERVAL_NS = MILLISECOND / 10;
/** What is under way when it is ended. */
const LAST_ANSWERS_MS = 1100;
const ECHO_SEQUENCE = 6;
const ECHO_IDENTIFIER = 4;

/** Pings an address at a fixed rate until it is interrupted, tells each time without answers, and returns the exit status. */
export async function probeCommand(address: string, options: ProbeCommandOptions): Promise<number> {
  try {
    return await probe(address, options);
  } catch (error) {
    if (!(error instanceof ProbeError || error instanceof LinuxError)) throw error;
    process.stderr.write(`${printable(error.message)}\n`);
    return EXIT_UNUSABLE;
  }
}

async function probe(address: string, options: ProbeCommandOptions): Promise<number> {
  const octets = parseAddress(address);
  if (octets === undefined) throw new ProbeError(`${address}: expected an IPv4 or IPv6 address`);
  if (options.every < SHORTEST_INTERVAL_NS) throw new ProbeError('--every: expected 0.1ms or more');
  const clock = createSessionClock();
  const outages = createLiveOutages();
  const end = begin(address, octets.length === 4 ? 4 : 6, options, clock, outages);
  const log = process.stderr;
  log.write(`pinging ${address} every ${formatDuration(options.every)}; ${endsWhen(options)}\n`);
  const told: LiveOutage[] = [];
  let isGone = false;
  let anAnswer = false;
  const look = () => {
    const { ended, current } = outages.look(clock.now());
    if (!anAnswer && outages.answers > 0) {
      anAnswer = true;
      log.write('it answers\n');
    }
    for (const one of ended) {
      told.push(one);
      process.stdout.write(options.json === true ? '' : `${outageLine(one, clock.origin)}\n`);
    }
    if (current !== undefined && !isGone)
      log.write(`${formatTime(current.beganNs, clock.origin)} no answer any more\n`);
    isGone = current !== undefined;
    return current;
  };
  const timer = setInterval(look, LOOK_MS);
  await untilInterrupted(options.for);
  end.sending();
  await new Promise((resolve) => setTimeout(resolve, LAST_ANSWERS_MS));
  clearInterval(timer);
  const current = look();
  end.receiving();
  const all = current === undefined ? told : [...told, current];
  if (options.json === true)
    process.stdout.write(`${JSON.stringify(report(address, all, outages, options, clock), null, 2)}\n`);
  log.write(
    `${outages.requests} requests, ${outages.answers} answers${outages.duplicates > 0 ? `, ${outages.duplicates} of them twice` : ''}\n`,
  );
  if (outages.answers === 0) return EXIT_INCONCLUSIVE;
  const limitNs = options.below ?? Number.POSITIVE_INFINITY;
  return all.some(({ fromNs, endedNs, toNs }) => (endedNs === undefined ? toNs : fromNs) > limitNs)
    ? EXIT_FAILED
    : EXIT_PASSED;
}

function endsWhen({ for: forNs }: ProbeCommandOptions): string {
  return forNs === undefined ? 'Ctrl-C ends it' : `for ${formatDuration(forNs)}`;
}

/** Sends and receives from now on. @returns what ends the one, then the other */
function begin(
  address: string,
  family: 4 | 6,
  options: ProbeCommandOptions,
  clock: SessionClock,
  outages: LiveOutages,
): { sending(): void; receiving(): void } {
  const namespace = ownNamespace();
  const interfaceIndex = interfaceIndexOf(options.interface);
  const echo = openSocket(() => openEchoSocket({ namespace, family, clock }));
  const identifier = process.pid & 0xffff;
  echo.socket.watch(() => {
    echo.socket.receiveBatch(({ bytes, start, timeNs }) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset + start);
      if (view.getUint16(ECHO_IDENTIFIER, false) === identifier)
        outages.answered(view.getUint16(ECHO_SEQUENCE, false), timeNs);
    });
  });
  const target = echo.target(address, interfaceIndex);
  const startNs = monotonicNow();
  let step = 0;
  const timer = createTimer(() => {
    echo.send(target, identifier, outages.sent(clock.now()));
    // What was missed because nobody ran us is left out: a burst says nothing.
    step = Math.max(step + 1, Math.ceil((monotonicNow() - startNs) / options.every));
    timer.arm(startNs + step * options.every);
  });
  timer.arm(startNs);
  return {
    sending: () => timer.close(),
    receiving: () => echo.close(),
  };
}

function openSocket<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LinuxError) || (error.code !== 'EPERM' && error.code !== 'EACCES')) throw error;
    throw new ProbeError(
      'pinging at this rate needs CAP_NET_RAW: run it as root, or give it to the program (setpriv --ambient-caps +net_raw)',
    );
  }
}

function interfaceIndexOf(name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  const netlink = openNetlink(ownNamespace());
  try {
    const link = findLink(netlink, name);
    if (link === undefined) throw new ProbeError(`${name}: there is no such interface (ip link lists them)`);
    return link.index;
  } finally {
    netlink.close();
  }
}

function outageLine({ beganNs, fromNs, toNs, lost }: LiveOutage, origin: TimeOrigin): string {
  return `${formatTime(beganNs, origin)} gone for ${formatDuration(fromNs)} to ${formatDuration(toNs)} (${lost} ${lost === 1 ? 'request' : 'requests'} lost)`;
}

function report(
  address: string,
  all: readonly LiveOutage[],
  { requests, answers, duplicates }: LiveOutages,
  { every }: ProbeCommandOptions,
  { origin }: SessionClock,
): object {
  return {
    address,
    every: every / MILLISECOND,
    requests,
    answers,
    duplicates,
    outages: all.map(({ lost, beganNs, endedNs, fromNs, toNs }) => ({
      began: formatTime(beganNs, origin),
      ...(endedNs === undefined ? {} : { ended: formatTime(endedNs, origin) }),
      lost,
      from: fromNs / MILLISECOND,
      to: endedNs === undefined ? null : toNs / MILLISECOND,
    })),
  };
}
