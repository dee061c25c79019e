import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIRECTION_OUT } from '../../src/capture/frame.ts';
import { type Capture, openCapture } from '../../src/linux/capture.ts';
import { createSessionClock, type SessionClock } from '../../src/linux/clock.ts';
import { type Namespace, openNamespace } from '../../src/linux/namespace.ts';
import { openRoute, type Route } from '../../src/linux/netlink/route.ts';
import { programPath } from '../../src/linux/programs.ts';
import { writeSysctls } from '../../src/linux/sysctl.ts';
import { endingWithUs } from '../child.ts';
import { PATIENCE_MS, type RunningProgram, STOP_TIMEOUT_MS, startProgram, stop } from './running-program.ts';
import { readSeenFrame, type SeenFrame } from './seen-frame.ts';

/** A node of the LAN: a namespace with `eth0`. */
export interface LanNode {
  readonly name: string;
  readonly namespace: Namespace;
  readonly route: Route;
  /** Runs a command in it to its end; its output. */
  run(program: string, ...words: string[]): string;
}

/** A bridge, nodes on it, and a capture of every port by one clock. */
export interface Lan {
  readonly clock: SessionClock;
  readonly fabric: LanNode;
  /** Every frame that nodes have sent into the LAN until now. */
  readonly frames: readonly SeenFrame[];
  node(name: string, addresses: readonly string[]): LanNode;
  /** Takes the fabric's end of a node's port down or up: the cable. */
  cable(name: string, plugged: boolean): void;
  /** The port that the bridge sends frames for this MAC address to; undefined where it knows none. */
  portOf(macAddress: string): string | undefined;
  /** Waits for a frame, seen or coming. */
  until(what: string, predicate: (frame: SeenFrame) => boolean, timeoutMs?: number): Promise<SeenFrame>;
  /** Forgets the frames that were seen until now. */
  forget(): void;
  /** Lets time pass, with frames taken in. */
  pass(milliseconds: number): Promise<void>;
  /** Where `mounts` are given, it runs in a mount namespace in which each folder hides another. */
  router(node: LanNode, configuration: string, options?: readonly string[], mounts?: readonly Mount[]): RunningProgram;
  keepalived(node: LanNode, configuration: string): RunningProgram;
  close(): Promise<void>;
}

/** A folder, and the folder that it takes the place of. */
export interface Mount {
  readonly folder: string;
  readonly over: string;
}

/** A LAN lasts as long as who built it: a soak takes an hour. */
const HOLD_SECONDS = 'infinity';
/** Stopping takes keepalived 2 s. */

/** Builds an empty LAN. Everything is in namespaces without names, which end with the processes that hold them. */
export async function buildLan(): Promise<Lan> {
  const holders: ChildProcess[] = [];
  const programs: RunningProgram[] = [];
  const nodes = new Map<string, LanNode>();
  const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-router-'));
  const frames: SeenFrame[] = [];
  const waiting = new Set<(frame: SeenFrame) => void>();
  const clock = createSessionClock();
  let files = 0;

  async function hold(name: string): Promise<LanNode> {
    const child = spawn(...endingWithUs('unshare', ['--net', 'sleep', HOLD_SECONDS]), { stdio: 'ignore' });
    holders.push(child);
    const own = readlinkSync('/proc/self/ns/net');
    while (namespaceOf(child.pid!) === undefined || namespaceOf(child.pid!) === own) {
      if (child.exitCode !== null) throw new Error(`no namespace can be made: unshare ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const namespace = openNamespace(child.pid!);
    const route = openRoute(namespace);
    route.changeLink(1, { up: true });
    // Addresses are there at once: nobody waits for duplicate address detection.
    writeSysctls(namespace, { 'net/ipv6/conf/default/dad_transmits': 0, 'net/ipv6/conf/default/accept_dad': 0 });
    return {
      name,
      namespace,
      route,
      run: (program, ...words) =>
        execFileSync('nsenter', [`--net=/proc/${child.pid}/ns/net`, program, ...words], { encoding: 'utf8' }),
    };
  }

  // Namespaces are held before they are needed, so that `node` is synchronous.
  const fabric = await hold('fabric');
  const free = await Promise.all(Array.from({ length: 4 }, (_, index) => hold(`free${index}`)));
  fabric.route.createBridge({ name: 'br0', up: true });
  writeSysctls(fabric.namespace, { 'net/ipv6/conf/all/disable_ipv6': 1, 'net/ipv6/conf/default/disable_ipv6': 1 });
  const bridge = fabric.route.indexOf('br0');

  const capture: Capture = openCapture({
    namespace: fabric.namespace,
    clock,
    perspective: 'other-end',
    onFrame(record) {
      if (record.direction !== DIRECTION_OUT) return;
      const name = [...nodes.keys()][record.interfaceIndex]!;
      const seen = readSeenFrame(record, name);
      frames.push(seen);
      for (const tell of [...waiting]) tell(seen);
    },
  });

  function start(node: LanNode, program: string, words: readonly string[], environment = {}): RunningProgram {
    const running = startProgram('nsenter', [`--net=${node.namespace.path}`, program, ...words], environment);
    programs.push(running);
    return running;
  }

  function configurationFile(name: string, text: string): string {
    files += 1;
    const path = join(folder, `${name}-${files}.conf`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  return {
    clock,
    fabric,
    frames,
    node(name, addresses) {
      const taken = free.pop();
      if (taken === undefined) throw new Error('a test LAN has four nodes');
      const number = nodes.size + 1;
      const node: LanNode = { ...taken, name };
      nodes.set(name, node);
      // Indexes of the two ends differ, or the loss of carrier is told late.
      fabric.route.createVeth({
        name: `port-${name}`,
        index: 100 + number,
        master: bridge,
        peer: { name: 'eth0', index: 10 + number, macAddress: `02:00:00:00:00:0${number}`, namespace: node.namespace },
      });
      capture.addInterface(100 + number, number - 1);
      fabric.route.changeLink(100 + number, { up: true });
      node.route.changeLink(10 + number, { up: true });
      for (const address of addresses) {
        const [text, length] = address.split('/');
        node.route.addAddress({
          index: 10 + number,
          address: text!,
          prefixLength: Number(length),
          noDuplicateDetection: true,
          ...(text!.startsWith('fe80') ? { scope: 'link' } : {}),
        });
      }
      return node;
    },
    cable(name, plugged) {
      fabric.route.changeLink(fabric.route.indexOf(`port-${name}`), { up: plugged });
    },
    portOf(macAddress) {
      const entry = fabric.route.forwardingTable(bridge).find((one) => one.macAddress === macAddress);
      return entry === undefined ? undefined : fabric.route.link(entry.index)?.name.replace('port-', '');
    },
    until(what, predicate, timeoutMs = PATIENCE_MS) {
      capture.drain();
      const found = frames.find(predicate);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve, reject) => {
        const tell = (frame: SeenFrame): void => {
          if (!predicate(frame)) return;
          clearTimeout(timer);
          waiting.delete(tell);
          resolve(frame);
        };
        const timer = setTimeout(() => {
          waiting.delete(tell);
          const last = frames.slice(-20).map((frame) => JSON.stringify(frame));
          const logs = programs.map(({ lines }) => lines.slice(-15).join('\n')).join('\n--\n');
          reject(new Error(`not seen within ${timeoutMs} ms: ${what}\n${last.join('\n')}\n${logs}`));
        }, timeoutMs);
        waiting.add(tell);
      });
    },
    forget() {
      frames.length = 0;
    },
    async pass(milliseconds) {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      capture.drain();
    },
    router(node, configuration, options = [], mounts = []) {
      const flags = ['--single-threaded-gc', '--max-semi-space-size=1'];
      const file = configurationFile(node.name, configuration);
      const words = [...flags, programPath('router'), '-f', file, ...options];
      if (mounts.length === 0) return start(node, process.execPath, words);
      // Node itself may be in a folder that is hidden: it is held open.
      const hide = mounts.map(({ folder: from, over }) => `mount --bind '${from}' '${over}'`).join(' && ');
      const script = `exec 9<"$0" && ${hide} && exec /proc/self/fd/9 "$@"`;
      return start(node, 'unshare', ['--mount', 'sh', '-c', script, process.execPath, ...words]);
    },
    keepalived(node, configuration) {
      const file = configurationFile(node.name, configuration);
      const words = ['-n', '-l', '-D', '-P', '-f', file, '-p', `${file}.pid`, '-r', `${file}.vrrp`];
      return start(node, 'keepalived', words, { TMPDIR: folder });
    },
    async close() {
      const stopped = await Promise.all(programs.map(stop));
      capture.close();
      for (const { route, namespace } of [fabric, ...free, ...nodes.values()]) {
        route.close();
        namespace.close();
      }
      for (const holder of holders) holder.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
      const hung = programs.filter((_, index) => !stopped[index]).map(({ lines }) => lines.slice(-15).join('\n'));
      if (hung.length > 0)
        throw new Error(`killed, for it did not stop within ${STOP_TIMEOUT_MS} ms:\n${hung.join('\n--\n')}`);
    },
  };
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}
