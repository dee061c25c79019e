import { openPacketSocket } from '../src/linux/packet-socket.ts';
import { descendants } from '../src/linux/processes.ts';
import { canUseRealtime, setRealtimePriority } from '../src/linux/scheduling.ts';
import { advertisementFrame } from '../src/wire/build-advertisement.ts';
import { buildLan, type Lan, type LanNode } from '../test/router/lan.ts';
import type { RunningProgram } from '../test/router/running-program.ts';
import { type Deviation, type HostRecord, watchHost } from './host.ts';

const PROCESSES = 25;
const ROUTER_PRIORITY = 10;
const VIRTUAL_ROUTER_ID = 61;
const INTERVAL_MS = 100;
const MILLISECOND = 1_000_000;
/** Active_Down_Interval of priority 100: 3 intervals, and (256 - 100) / 256 of one. */
const ACTIVE_DOWN_MS = 3 * INTERVAL_MS + (156 / 256) * INTERVAL_MS;
/** The stronger router is heard this often; then it is silent. */
const STRONGER_ADVERTISEMENTS = 4;

/** How late fresh processes took over, and what the host did meanwhile. */
export interface FreshTakeovers {
  readonly deviations: readonly Deviation[];
  readonly host: HostRecord;
}

/** A router as a bench starts it. */
export interface FreshRouter {
  start(lan: Lan, node: LanNode, configuration: string): RunningProgram;
  /** The line of its log that says that it is Backup. */
  readonly ready: RegExp;
}

const CONFIGURATION = `vrrp_instance VI {
    state BACKUP
    interface eth0
    virtual_router_id ${VIRTUAL_ROUTER_ID}
    version 3
    priority 100
    advert_int ${INTERVAL_MS / 1000}
    use_vmac vrrp.${VIRTUAL_ROUTER_ID}
    virtual_ipaddress {
        192.0.2.${VIRTUAL_ROUTER_ID}/24
    }
}
`;

function strongerAdvertisement(): Uint8Array {
  return advertisementFrame({
    version: 3,
    virtualRouterId: VIRTUAL_ROUTER_ID,
    priority: 200,
    interval: INTERVAL_MS / 10,
    source: '192.0.2.250',
    sourceMac: '02:00:00:00:00:99',
    addresses: [`192.0.2.${VIRTUAL_ROUTER_ID}`],
  });
}

function raise(program: RunningProgram): void {
  const root = program.child.pid!;
  for (const pid of [root, ...descendants(root).map((entry) => entry.pid)]) setRealtimePriority(pid, ROUTER_PRIORITY);
}

/**
 * How long after Active_Down_Interval, in milliseconds on the wire, a process that has just been started advertises for
 * the first time: what a user sees of a router that was Backup all its life. A process of its own for each figure.
 */
export async function measureFreshTakeovers(router: FreshRouter): Promise<FreshTakeovers> {
  const lan = await buildLan();
  const watch = await watchHost(lan.clock);
  const deviations: Deviation[] = [];
  try {
    const node = lan.node('fresh', ['192.0.2.161/24']);
    const tester = lan.node('tester', []);
    const link = tester.route.indexOf('eth0');
    const socket = openPacketSocket({ namespace: tester.namespace, interfaceIndex: link, protocol: 0 });
    for (let round = 0; round < PROCESSES; round += 1) {
      const program = router.start(lan, node, CONFIGURATION);
      await program.line(router.ready);
      if (canUseRealtime()) raise(program);
      for (let sent = 0; sent < STRONGER_ADVERTISEMENTS; sent += 1) {
        socket.send(strongerAdvertisement(), link);
        await lan.pass(INTERVAL_MS);
      }
      const base = lan.frames.findLast((frame) => frame.node === 'tester' && frame.vrrp !== undefined)!;
      const taken = await lan.until(
        'the takeover',
        (frame) => frame.node === 'fresh' && frame.vrrp !== undefined && frame.timeNs > base.timeNs,
      );
      const offMs = (taken.timeNs - base.timeNs) / MILLISECOND - ACTIVE_DOWN_MS;
      deviations.push({ offMs, endNs: taken.timeNs });
      program.signal('SIGTERM');
      await program.ended;
    }
    await socket.closeAsync();
    return { deviations, host: watch.since(0) };
  } finally {
    await watch.stop();
    await lan.close();
  }
}
