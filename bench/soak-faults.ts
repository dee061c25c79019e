import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PacketSocket } from '../src/linux/packet-socket.ts';
import { advertisementFrame } from '../src/wire/build-advertisement.ts';
import type { Lan, LanNode } from '../test/router/lan.ts';
import type { RunningProgram } from '../test/router/running-program.ts';

const SECOND_MS = 1000;
const VIRTUAL_ROUTER_ID = 51;
/** What a flood sends: 3,000 frames in three tenths of a second. */
const FLOOD_BURSTS = 30;
const FLOOD_BURST = 100;
/** The watched router's address, which is taken away and given back. */
const ADDRESS = { address: '192.0.2.1', prefixLength: 24 } as const;

/** Two native routers on one LAN, the weaker one of which is watched, and who disturbs them. */
export interface Soak {
  readonly lan: Lan;
  readonly node: LanNode;
  readonly strong: LanNode;
  readonly watched: RunningProgram;
  /** Sends from the tester's port. */
  readonly socket: PacketSocket;
  readonly link: number;
}

/** The faults that a soak plays, in words for its figures. */
export const FAULTS_TEXT =
  'a peer that ends or dies, the link, the address, the interface itself, scripts that fail or hang, reloads that add and remove, floods';

function instance(name: string, id: number, priority: number, lines: readonly string[]): string {
  const usual = [`virtual_router_id ${id}`, 'version 3', `priority ${priority}`, 'advert_int 0.1'];
  return `vrrp_instance ${name} {\n    ${[...usual, ...lines].join('\n    ')}\n}\n`;
}

function pair(name: string, priority: number, lines: readonly string[]): string {
  const addresses = 'virtual_ipaddress { \n 192.0.2.101 \n 192.0.2.102 \n }';
  const v4 = ['interface eth0', 'use_vmac', addresses, ...lines];
  const v6 = ['interface eth0', `use_vmac vrrp6.${VIRTUAL_ROUTER_ID}`, 'virtual_ipaddress { \n fe80::51 \n }'];
  return instance(name, VIRTUAL_ROUTER_ID, priority, v4) + instance(`${name}6`, VIRTUAL_ROUTER_ID, priority, v6);
}

function script(name: string, command: string, lines: readonly string[]): string {
  return `vrrp_script ${name} {\n    script "${command}"\n    interval 1\n    ${lines.join('\n    ')}\n}\n`;
}

/** What the stronger router runs. */
export const STRONG_CONFIGURATION = pair('STRONG', 200, []);

/** What the watched router runs as a soak begins; no fault of its scripts is on. */
export const WATCHED_CONFIGURATION = watchedConfiguration('/nonexistent', 0);

/** A script that a file makes fail, one that never ends, a virtual router on an interface of its own, and one that comes and goes. */
function watchedConfiguration(faultFile: string, round: number): string {
  const scripts = [
    script('file', `/usr/bin/test ! -e ${faultFile}`, ['rise 1', 'fall 1']),
    script('hangs', '/bin/sleep 60', ['timeout 1', 'weight 5']),
  ];
  const tracking = ['notify "/bin/true"', 'track_script { \n file \n hangs \n }'];
  const apart = ['interface eth1', 'use_vmac', 'virtual_ipaddress { \n 198.51.100.53 \n }'];
  const passing = ['interface eth0', 'use_vmac', 'no_accept', 'virtual_ipaddress { \n 192.0.2.152 \n }'];
  return [
    ...scripts,
    pair('VI', 100 + (round % 2), tracking),
    instance('APART', 53, 100, apart),
    ...(round % 2 === 0 ? [] : [instance('PASSING', 52, 100, passing)]),
  ].join('');
}

/** The interface of one virtual router, whose other end nobody listens at. */
export function makeInterface({ run }: LanNode): void {
  const names = [
    ['eth1', '77', '02:00:00:00:01:77'],
    ['eth2', '78', '02:00:00:00:01:78'],
  ] as const;
  const [own, peer] = names.map(([name, index, address]) => ['name', name, 'index', index, 'address', address]);
  run('ip', 'link', 'add', ...own!, 'type', 'veth', 'peer', ...peer!);
  run('ip', 'addr', 'add', '198.51.100.7/24', 'dev', 'eth1');
  for (const [name] of names) run('ip', 'link', 'set', name, 'up');
}

/** One fault each in turn, all within a round; at its end the same stands as before it, every second round. */
export async function playRound(soak: Soak, round: number): Promise<void> {
  const { lan, node, strong, watched } = soak;
  const file = watched.child.spawnargs[watched.child.spawnargs.indexOf('-f') + 1]!;
  const faultFile = join(dirname(file), 'fault');
  const peer = lan.router(strong, STRONG_CONFIGURATION);
  await lan.pass(2 * SECOND_MS);
  peer.signal(round % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
  await peer.ended;
  await lan.pass(1 * SECOND_MS);
  lan.cable('watched', false);
  await lan.pass(1 * SECOND_MS);
  lan.cable('watched', true);
  const address = { index: node.route.indexOf('eth0'), ...ADDRESS };
  node.route.deleteAddress(address);
  await lan.pass(SECOND_MS / 2);
  node.route.addAddress(address);
  node.run('ip', 'link', 'del', 'eth1');
  await lan.pass(SECOND_MS / 2);
  makeInterface(node);
  writeFileSync(faultFile, '');
  await lan.pass(2 * SECOND_MS);
  rmSync(faultFile);
  writeFileSync(file, watchedConfiguration(faultFile, round));
  for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) watched.signal(signal);
  await flood(soak, { priority: 50 });
  await flood(soak, { priority: 50, checksum: 'wrong' });
  await lan.pass(4 * SECOND_MS);
  lan.forget();
}

async function flood({ lan, socket, link }: Soak, what: { priority: number; checksum?: 'wrong' }): Promise<void> {
  const usual = { version: 3, virtualRouterId: VIRTUAL_ROUTER_ID, interval: 10, source: '192.0.2.250' };
  const frame = advertisementFrame({ ...usual, addresses: ['192.0.2.101', '192.0.2.102'], ...what });
  for (let burst = 0; burst < FLOOD_BURSTS; burst += 1) {
    for (let sent = 0; sent < FLOOD_BURST; sent += 1) socket.send(frame, link);
    await lan.pass(10);
  }
}
