import { createLogUpdate } from 'log-update';
import type { CaptureInterface, FrameRecord } from '../capture/frame.ts';
import { LINK_TYPE_ETHERNET } from '../capture/frame.ts';
import type { CaptureLoss } from '../capture/reading.ts';
import type { Observer, ObserverOptions } from '../conformance/observer/api.ts';
import { createObserver } from '../conformance/observer/observer.ts';
import type { Profile } from '../conformance/result.ts';
import { type Capture, openCapture } from '../linux/capture.ts';
import { createSessionClock } from '../linux/clock.ts';
import { LinuxError } from '../linux/libc.ts';
import { ownNamespace } from '../linux/namespace.ts';
import { findLink } from '../linux/netlink/link.ts';
import { openNetlink } from '../linux/netlink/socket.ts';
import { printable } from '../report/printable.ts';
import { createRing, type Ring } from '../report/ring.ts';
import { styleFor } from '../report/style.ts';
import { createWatchView, type WatchView } from '../report/watch-view.ts';
import { wrap } from '../report/wrap.ts';
import { parseMetricsAddress } from '../router/observe/metrics-address.ts';
import { parseDuration } from '../scenario/duration.ts';
import { EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';
import { IntentError, readIntent } from './intent.ts';
import { untilInterrupted } from './until-interrupted.ts';

/** The options of `vrrpbench watch` as commander hands them over. */
export interface WatchOptions {
  readonly vrid?: readonly number[];
  readonly profile?: Profile;
  readonly config?: readonly string[];
  readonly ring?: string;
  readonly ringFiles: number;
  readonly metrics?: string;
  /** How long, as `30s`; until it is interrupted where it is absent. */
  readonly for?: string;
  readonly promiscuous: boolean;
}

/** What cannot be watched, in words, with the cure. */
class WatchError extends Error {
  override readonly name = 'WatchError';
}

const REFRESH_MS = 250;
const RING_AROUND_NS = 10e9;
const RING_OCTETS = 16 << 20;
/** VRRP, ARP and neighbor discovery fit; the rest of a long frame is not looked at. */
const SNAP_LENGTH = 2048;

/** Watches interfaces until it is interrupted, and returns the exit status; it sends nothing. */
export async function watchCommand(names: readonly string[], options: WatchOptions): Promise<number> {
  try {
    return await watch(names, options);
  } catch (error) {
    const known = [WatchError, IntentError, LinuxError].some((kind) => error instanceof kind);
    if (!known && !(error instanceof Error && 'code' in error)) throw error;
    process.stderr.write(`${printable((error as Error).message)}\n`);
    return EXIT_UNUSABLE;
  }
}

async function watch(names: readonly string[], options: WatchOptions): Promise<number> {
  const lengthNs = options.for === undefined ? undefined : parseDuration(options.for);
  if (options.for !== undefined && lengthNs === undefined) {
    throw new WatchError(`--for ${options.for}: expected a duration, as 30s`);
  }
  const address = options.metrics === undefined ? undefined : metricsAddress(options.metrics);
  const clock = createSessionClock();
  const interfaces = names.map(describe);
  const observer = createObserver(await observerOptions(options));
  observer.origin(clock.origin);
  for (const [index, description] of interfaces.entries()) observer.interface(index, description);
  const view = createWatchView(observer, clock.origin, styleFor(process.stdout));
  const ring =
    options.ring === undefined
      ? undefined
      : createRing({
          folder: options.ring,
          origin: clock.origin,
          interfaces,
          files: options.ringFiles,
          aroundNs: RING_AROUND_NS,
          octets: RING_OCTETS,
        });
  const captures = openAll(names, options, clock, {
    frame(record) {
      observer.frame(record);
      ring?.frame(record);
    },
    loss: (loss) => observer.loss(loss),
  });
  const received = () =>
    captures
      .map((capture) => capture.statistics())
      .reduce((sum, one) => ({ received: sum.received + one.received, dropped: sum.dropped + one.dropped }), {
        received: 0,
        dropped: 0,
      });
  // Where the machine was busy, frames wait that are older than the time at which somebody looks.
  const now = () => {
    const nowNs = clock.now();
    for (const capture of captures) capture.drain();
    return nowNs;
  };
  const server = address === undefined ? undefined : await serve(address, { observer, view, now, received });
  process.stderr.write(`watching ${names.map(printable).join(', ')}; nothing is sent\n`);
  const screen = createScreen();
  const look = () => tell({ observer, view, ring, nowNs: now(), lost: received().dropped }, screen);
  const timer = setInterval(look, REFRESH_MS);
  await untilInterrupted(lengthNs);
  clearInterval(timer);
  look();
  screen.end();
  ring?.end();
  await server?.close();
  const { received: frames, dropped } = received();
  for (const capture of captures) capture.close();
  process.stderr.write(`${frames} frames were received, ${dropped} were lost\n`);
  return statusOf(observer);
}

function metricsAddress(text: string): ReturnType<typeof parseMetricsAddress> {
  try {
    return parseMetricsAddress(text);
  } catch (error) {
    throw new WatchError((error as Error).message);
  }
}

async function observerOptions({ vrid, profile, config }: WatchOptions): Promise<ObserverOptions> {
  return {
    ...(vrid === undefined ? {} : { virtualRouterIds: new Set(vrid) }),
    ...(profile === undefined ? {} : { profile }),
    ...(config === undefined ? {} : { intent: await readIntent(config) }),
  };
}

function describe(name: string): CaptureInterface {
  return { name, linkType: LINK_TYPE_ETHERNET, resolutionNanoseconds: 1, snapLength: SNAP_LENGTH };
}

function openAll(
  names: readonly string[],
  { promiscuous }: WatchOptions,
  clock: ReturnType<typeof createSessionClock>,
  sink: { frame(record: FrameRecord): void; loss(loss: CaptureLoss): void },
): readonly Capture[] {
  const namespace = ownNamespace();
  const netlink = openNetlink(namespace);
  const order = { number: 0 };
  try {
    return names.map((name, index) => {
      const link = findLink(netlink, name);
      if (link === undefined) throw new WatchError(`${name}: there is no such interface (ip link lists them)`);
      const capture = open(name, () =>
        openCapture({
          namespace,
          clock,
          interfaceIndex: link.index,
          perspective: 'this-end',
          promiscuous,
          snapLength: SNAP_LENGTH,
          onFrame(record) {
            // Frames are numbered through, as in a capture of all interfaces.
            record.number = ++order.number;
            sink.frame(record);
          },
          onLoss: (frames, fromNs, toNs) => sink.loss({ interfaceIndex: index, frames, when: 'between', fromNs, toNs }),
          onError: (error) => process.stderr.write(`${printable(`${name}: ${error.message}`)}\n`),
        }),
      );
      capture.addInterface(link.index, index);
      return capture;
    });
  } finally {
    netlink.close();
  }
}

function open(name: string, work: () => Capture): Capture {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LinuxError) || (error.code !== 'EPERM' && error.code !== 'EACCES')) throw error;
    throw new WatchError(
      `${name}: receiving frames needs CAP_NET_RAW: run it as root, give it to the program (setpriv --ambient-caps +net_raw, or systemd's AmbientCapabilities=CAP_NET_RAW), or read what tcpdump captures: tcpdump -i ${name} -w - --immediate-mode | vrrpbench check -`,
    );
  }
}

async function serve(
  address: ReturnType<typeof parseMetricsAddress>,
  source: Parameters<typeof import('../report/watch-metrics.ts')['createWatchMetrics']>[0],
): Promise<{ close(): Promise<void> }> {
  const { createWatchMetrics } = await import('../report/watch-metrics.ts');
  const { serveText } = await import('../router/observe/metrics-server.ts');
  const registry = createWatchMetrics(source);
  const metrics = { contentType: registry.contentType, text: () => registry.metrics() };
  return await serveText(address, metrics, (message) => process.stderr.write(`${printable(`metrics: ${message}`)}\n`));
}

/** A terminal has the state below and the news above it; elsewhere news are lines. */
interface Screen {
  show(news: readonly string[], state: () => string): void;
  end(): void;
}

function createScreen(): Screen {
  const { stdout } = process;
  const update = stdout.isTTY === true ? createLogUpdate(stdout) : undefined;
  return {
    show(news, state) {
      if (news.length > 0) {
        update?.clear();
        const width = stdout.isTTY === true ? stdout.columns : undefined;
        stdout.write(`${news.flatMap((line) => wrap(line, width)).join('\n')}\n`);
      }
      update?.(state());
    },
    end: () => update?.done(),
  };
}

interface Look {
  readonly observer: Observer;
  readonly view: WatchView;
  readonly ring: Ring | undefined;
  readonly nowNs: number;
  readonly lost: number;
}

function tell({ view, ring, nowNs, lost }: Look, screen: Screen): void {
  const { lines, findings } = view.news(nowNs);
  const written = findings
    .filter(({ verdict }) => verdict !== 'pass')
    .flatMap((finding) => ring?.found(finding, nowNs) ?? []);
  ring?.tick(nowNs);
  const told = [...lines, ...written.map((path) => `         the frames around it go to ${printable(path)}`)];
  screen.show(told, () =>
    view.screen(nowNs, { rows: process.stdout.rows ?? 24, columns: process.stdout.columns ?? 80 }, lost),
  );
}

function statusOf(observer: Observer): number {
  const { findings, virtualRouters } = observer.finish();
  if (findings.some(({ verdict }) => verdict === 'fail')) return EXIT_FAILED;
  const open = findings.some(({ verdict }) => verdict === 'inconclusive');
  return virtualRouters.length === 0 || open ? EXIT_INCONCLUSIVE : EXIT_PASSED;
}
