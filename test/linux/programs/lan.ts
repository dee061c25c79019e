// A LAN of routers, each in a namespace of its own: built, heard by one capture, and taken down again. Runs inside
// namespaces made for it and prints what it saw as JSON.

import { readdirSync } from 'node:fs';
import { openCapture } from '../../../src/linux/capture.ts';
import { createSessionClock, monotonicNow } from '../../../src/linux/clock.ts';
import { mountTmpfs } from '../../../src/linux/mount.ts';
import {
  createNetworkNamespace,
  NAMESPACE_FOLDER,
  type Namespace,
  ownNamespace,
} from '../../../src/linux/namespace.ts';
import { openRoute, type Route } from '../../../src/linux/netlink/route.ts';
import { openPacketSocket } from '../../../src/linux/packet-socket.ts';
import { writeSysctl } from '../../../src/linux/sysctl.ts';
import { createTimer } from '../../../src/linux/timer.ts';

const PORTS = 7;
const BRIDGE = 1000;
const EXPERIMENTAL = 0x88b5;

interface Router {
  readonly namespace: Namespace;
  readonly route: Route;
}

const octet = (number: number): string => number.toString(16).padStart(2, '0');

function buildRouter(fabric: Route, number: number): Router {
  const namespace = createNetworkNamespace(`r${number}`);
  const route = openRoute(namespace);
  fabric.createVeth({
    name: `p${number}`,
    index: 2000 + number,
    group: PORTS,
    master: BRIDGE,
    up: true,
    peer: { name: 'eth0', index: 10, namespace, macAddress: `02:00:00:00:01:${octet(number)}` },
  });
  for (const [index, family] of [
    [11, 1],
    [12, 2],
  ] as const) {
    const macAddress = `00:00:5e:00:${octet(family)}:33`;
    route.createMacvlan({ name: `vrrp${family}.51`, index, parent: 10, mode: 'private', macAddress });
    route.setLinkLocalGeneration(index, false);
  }
  route.addAddress({ index: 10, address: `192.0.2.${number}`, prefixLength: 24 });
  route.addAddress({ index: 10, address: `2001:db8::${number}`, prefixLength: 64, noDuplicateDetection: true });
  route.addAddress({ index: 11, address: '192.0.2.254', prefixLength: 32 });
  route.addAddress({ index: 12, address: 'fe80::51', prefixLength: 128, noDuplicateDetection: true });
  route.changeLink(10, { up: true });
  return { namespace, route };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = createTimer(() => {
      timer.close();
      resolve();
    });
    timer.arm(monotonicNow() + milliseconds * 1_000_000);
  });
}

/** Waits, for 5 s at most; what did not come shows in the result. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = monotonicNow() + 5e9;
  while (!holds() && monotonicNow() < deadline) await pause(2);
}

async function play(count: number): Promise<unknown> {
  mountTmpfs(NAMESPACE_FOLDER);
  const descriptors = readdirSync('/proc/self/fd').length;
  const start = monotonicNow();
  const own = ownNamespace();
  // The fabric's ends are no hosts: without this each would greet every other with ND and MLD.
  writeSysctl(own, 'net/ipv6/conf/default/disable_ipv6', 1);
  const fabric = openRoute(own);
  fabric.createBridge({ name: 'lan', index: BRIDGE, up: true, group: PORTS });
  const heard = new Map<number, number>();
  const capture = openCapture({
    namespace: own,
    clock: createSessionClock(),
    perspective: 'other-end',
    onFrame: (record) => {
      if (((record.bytes[record.start + 12]! << 8) | record.bytes[record.start + 13]!) !== EXPERIMENTAL) return;
      heard.set(record.interfaceIndex, (heard.get(record.interfaceIndex) ?? 0) + 1);
    },
  });
  const routers: Router[] = [];
  for (let number = 1; number <= count; number += 1) {
    routers.push(buildRouter(fabric, number));
    capture.addInterface(2000 + number, number);
    // Routers that come up report their groups to all ports that are there; the capture reads them meanwhile.
    if (number % 10 === 0) capture.drain();
  }
  const upMs = (monotonicNow() - start) / 1e6;

  await until(() => fabric.links().every((link) => link.operational || link.group !== PORTS));
  await until(() => routers.every(({ route }) => route.link(10)!.operational));
  capture.drain();
  // What was lost before is the groups' reports: every router's go to every port.
  const lostBefore = capture.statistics().dropped;
  const sender = openPacketSocket({ namespace: routers[0]!.namespace, interfaceIndex: 10, protocol: 0 });
  sender.send(Uint8Array.from([255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 1, 1, 0x88, 0xb5, 1]), 10);
  sender.close();
  await until(() => heard.size === count);
  const dropped = capture.statistics().dropped - lostBefore;
  const interfaces = routers[count - 1]!.route.links().length;

  const end = monotonicNow();
  await fabric.deleteGroupAsync(PORTS);
  for (const { namespace, route } of routers) {
    route.close();
    namespace.delete();
  }
  const left = fabric.links().map((link) => link.name);
  const downMs = (monotonicNow() - end) / 1e6;
  await capture.closeAsync();
  fabric.close();
  own.close();
  await pause(1);
  return {
    upMs,
    downMs,
    left,
    interfaces,
    heard: heard.size,
    sightings: Math.max(...heard.values()),
    dropped,
    names: readdirSync(NAMESPACE_FOLDER),
    // The first turn of the event loop opened what Node keeps for itself.
    leaked: readdirSync('/proc/self/fd').length - descriptors,
  };
}

void play(Number(process.argv[2])).then((result) => process.stdout.write(JSON.stringify(result)));
