import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, type Capability, missing } from './capability.ts';
import { createSessionClock } from './clock.ts';
import { c, check, closeDescriptor } from './libc.ts';
import { createNetworkNamespace, type Namespace, ownNamespace } from './namespace.ts';
import { openRoute, type Route } from './netlink/route.ts';
import { openPacketSocket } from './packet-socket.ts';
import { findProgram } from './programs.ts';
import { openRawSocket, PROTOCOL_VRRP } from './raw-socket.ts';
import { interfaceSysctl, readSysctl, writeSysctl } from './sysctl.ts';

const O_RDWR = 2;
const O_CLOEXEC = 0o2000000;

/** What to do about a link of a kind that the kernel does not know, or that it does not let us make. */
export function linkCure(module: string): (errorName: string) => string {
  return (errorName) =>
    errorName === 'EPERM' || errorName === 'EACCES'
      ? 'allow CAP_NET_ADMIN (Docker: --cap-add NET_ADMIN; Kubernetes: securityContext.capabilities.add)'
      : `load the module (sudo modprobe ${module}), or use the stock kernel of the distribution`;
}

function examineLinks(route: Route, own: Namespace): Capability[] {
  const veth = attempt('veth', true, 'pairs can be made', linkCure('veth'), () => {
    route.createVeth({ name: 'doctor0', index: 101, up: true, peer: { name: 'doctor1', index: 102 } });
    route.changeLink(102, { up: true });
  });
  return [
    veth,
    attempt('bridge', true, 'bridges can be made', linkCure('bridge'), () => {
      route.createBridge({ name: 'doctorbr', index: 103, up: true });
      route.changeLink(101, { master: 103 });
    }),
    attempt('macvlan', true, 'virtual MACs can be made', linkCure('macvlan'), () => {
      route.createMacvlan({
        name: 'vrrp.51',
        index: 104,
        parent: 102,
        mode: 'private',
        macAddress: '00:00:5e:00:01:33',
      });
    }),
    examineSysctl(own),
  ];
}

function examineSysctl(own: Namespace): Capability {
  const cure = 'let /proc/sys be writable (Docker: --privileged, or --security-opt systempaths=unconfined)';
  return attempt('sysctl', true, 'network settings can be written', cure, () => {
    const name = interfaceSysctl('ipv4', 'lo', 'arp_ignore');
    if (readSysctl(own, name) === undefined) throw new Error(`/proc/sys/${name} is missing`);
    writeSysctl(own, name, '1');
  });
}

function examineSockets(own: Namespace): Capability[] {
  const cure = 'allow CAP_NET_RAW (Docker: --cap-add NET_RAW; Kubernetes: securityContext.capabilities.add)';
  const clock = createSessionClock();
  return [
    attempt('packet sockets', true, 'frames can be captured and sent (AF_PACKET)', cure, () => {
      openPacketSocket({ namespace: own, interfaceIndex: 0, clock }).close();
    }),
    attempt('raw sockets', true, 'VRRP can be received (IP protocol 112, IPv4 and IPv6)', cure, () => {
      for (const family of [4, 6] as const) {
        openRawSocket({ namespace: own, family, protocol: PROTOCOL_VRRP, clock }).close();
      }
    }),
  ];
}

function examineNftables(): Capability {
  const nft = findProgram('nft');
  if (!nft) return missing('nftables', false, 'the program nft is not installed', 'apt-get install nftables');
  return attempt('nftables', false, `${nft} can add tables`, linkCure('nf_tables'), () => {
    const result = spawnSync(nft, ['add', 'table', 'netdev', 'doctor'], { encoding: 'utf8', timeout: 10_000 });
    if (result.status !== 0) throw new Error(result.stderr.trim().split('\n')[0] || 'nft failed');
  });
}

function examineTap(): Capability {
  const cure = (errorName: string): string =>
    errorName === 'ENOENT' || errorName === 'ENODEV' || errorName === 'ENXIO'
      ? 'sudo modprobe tun (Docker: --device /dev/net/tun): ports of virtual machines need it'
      : 'sudo chmod 0666 /dev/net/tun (Docker: --device /dev/net/tun): ports of virtual machines need it';
  return attempt('TAP', false, '/dev/net/tun can be opened', cure, () => {
    closeDescriptor(check(c.open('/dev/net/tun', O_RDWR | O_CLOEXEC, 0), 'open', 'open /dev/net/tun'));
  });
}

function examineNamespace(): Capability {
  const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-doctor-'));
  try {
    const cure = 'allow mounts inside the sandbox (Docker: --privileged)';
    return attempt('named namespaces', true, 'network namespaces can be made and named', cure, () => {
      createNetworkNamespace('doctor', folder).delete();
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Tries what a lab does. Only to be called in network and mount namespaces that were made for it: it makes interfaces
 * and leaves them to the end of the namespace.
 */
export function examineInside(): Capability[] {
  const own = ownNamespace();
  const named = examineNamespace();
  let links: Capability[];
  try {
    const route = openRoute(own);
    links = examineLinks(route, own);
    route.close();
  } catch (error) {
    links = [missing('rtnetlink', true, (error as Error).message, linkCure('veth')(''))];
  }
  return [named, ...links, ...examineSockets(own), examineNftables(), examineTap()];
}
