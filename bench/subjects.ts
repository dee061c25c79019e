import { descendants } from '../src/linux/processes.ts';
import { findProgram } from '../src/linux/programs.ts';
import { canUseRealtime, setRealtimePriority } from '../src/linux/scheduling.ts';
import { advertisementFrame } from '../src/wire/build-advertisement.ts';
import type { Lan } from '../test/router/lan.ts';
import type { RunningProgram } from '../test/router/running-program.ts';
import type { SeenFrame } from '../test/router/seen-frame.ts';

export const INTERVAL_MS = 10;
export const MILLISECOND = 1_000_000;
/** Active_Down_Interval of priority 100 at 10 ms: 3 intervals, and (256 - 100) / 256 of one. */
export const ACTIVE_DOWN_MS = 3 * INTERVAL_MS + (156 / 256) * INTERVAL_MS;
const ROUTER_PRIORITY = 10;

/** A router that is measured. */
export interface Subject {
  readonly name: 'native' | 'keepalived';
  readonly node: string;
  readonly virtualRouterId: number;
}

const NATIVE: Subject = { name: 'native', node: 'r1', virtualRouterId: 51 };
const KEEPALIVED: Subject = { name: 'keepalived', node: 'r2', virtualRouterId: 52 };

/** The native router, and keepalived where it is installed. */
export function subjects(): readonly Subject[] {
  return findProgram('keepalived') === undefined ? [NATIVE] : [NATIVE, KEEPALIVED];
}

/** The virtual addresses of a subject, on the LAN's subnet. */
export function virtualAddresses({ virtualRouterId }: Subject, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `192.0.2.${virtualRouterId - 50 + 2 * index + 1}`);
}

function configuration(subject: Subject, addressCount: number): string {
  const addresses = virtualAddresses(subject, addressCount).map((address) => `        ${address}/24`);
  return `vrrp_instance VI {
    state BACKUP
    interface eth0
    virtual_router_id ${subject.virtualRouterId}
    version 3
    priority 100
    advert_int ${INTERVAL_MS / 1000}
    use_vmac vrrp.${subject.virtualRouterId}
    garp_master_repeat 1
    garp_master_delay 0
    garp_lower_prio_repeat 0
    virtual_ipaddress {
${addresses.join('\n')}
    }
}
`;
}

function raiseTree(program: RunningProgram): void {
  const root = program.child.pid!;
  for (const pid of [root, ...descendants(root).map((entry) => entry.pid)]) setRealtimePriority(pid, ROUTER_PRIORITY);
}

/** The routers, each with a virtual router of its own on one LAN, Active and at SCHED_FIFO where it is permitted. */
export async function startSubjects(lan: Lan, all: readonly Subject[], addressCount: number): Promise<void> {
  for (const subject of all) {
    const node = lan.node(subject.node, [`192.0.2.${subject.virtualRouterId + 100}/24`]);
    const start = subject.name === 'native' ? lan.router : lan.keepalived;
    const program = start(node, configuration(subject, addressCount));
    await lan.until(`${subject.name} is Active`, advertises(subject), 20_000);
    if (canUseRealtime()) raiseTree(program);
  }
  // Longer than keepalived's own second thoughts after becoming Active.
  await lan.pass(2000);
}

/** Whether a frame is an advertisement of that router. */
export function advertises({ node, virtualRouterId }: Subject): (frame: SeenFrame) => boolean {
  return (frame) => frame.node === node && frame.vrrp?.virtualRouterId === virtualRouterId;
}

/** What a stronger router of the same virtual router sends. */
export function strongerAdvertisement(subject: Subject, addressCount: number): Uint8Array {
  return advertisementFrame({
    version: 3,
    virtualRouterId: subject.virtualRouterId,
    priority: 200,
    interval: INTERVAL_MS / 10,
    source: '192.0.2.250',
    sourceMac: '02:00:00:00:00:99',
    addresses: virtualAddresses(subject, addressCount),
  });
}
