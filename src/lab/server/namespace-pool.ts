import { existsSync, readFileSync } from 'node:fs';
import { createNetworkNamespace, inNamespace, type Namespace } from '../../linux/namespace.ts';
import { flushTables } from '../../linux/netlink/nft-flush.ts';
import { openRoute, type Route } from '../../linux/netlink/route.ts';
import { writeSysctls } from '../../linux/sysctl.ts';
import type { UsageMeter } from './usage.ts';

/** What a namespace is for: a fabric's makes no packets of its own, a node's is a machine. */
export type Purpose = 'fabric' | 'node';

/** A namespace and rtnetlink in it. */
export interface PooledNamespace {
  readonly purpose: Purpose;
  readonly namespace: Namespace;
  readonly route: Route;
}

/** How a namespace was used, which says how it is cleaned. */
export interface Use {
  /** A router of ours to configure ran in it: firewall tables may be left. */
  readonly router: boolean;
  /** Somebody's own configuration ran in it: anything may be left, so that it is not used again. */
  readonly discard: boolean;
}

/**
 * Namespaces of this server. Those that are given back are cleaned and used again, because the kernel deletes slowly and
 * lets the next creation wait for it.
 */
export interface NamespacePool {
  acquire(purpose: Purpose): Promise<PooledNamespace>;
  /** Removes what a router left in a node's namespace, but for its links: firewall tables and settings. */
  restore(used: PooledNamespace): void;
  /** Takes it back, with no process in it any more; it is cleaned in the background. */
  release(used: PooledNamespace, use: Use): void;
  /** Resolves when everything that was taken back is clean. */
  cleaned(): Promise<void>;
}

const LOOPBACK_INDEX = 1;
/**
 * Settings of a whole namespace that routers with virtual MACs change, or may be told to change; those of an interface
 * vanish with it. All are read and written: reading every setting there is takes some milliseconds a namespace.
 */
const IPV4_SETTINGS = [
  'accept_local',
  'accept_redirects',
  'arp_accept',
  'arp_announce',
  'arp_filter',
  'arp_ignore',
  'arp_notify',
  'forwarding',
  'promote_secondaries',
  'rp_filter',
  'send_redirects',
];
const IPV6_SETTINGS = [
  'accept_dad',
  'accept_ra',
  'addr_gen_mode',
  'disable_ipv6',
  'forwarding',
  'keep_addr_on_down',
  'ndisc_notify',
];
const SHARED_SETTINGS = [
  ...['all', 'default'].flatMap((scope) => [
    ...IPV4_SETTINGS.map((name) => `net/ipv4/conf/${scope}/${name}`),
    ...IPV6_SETTINGS.map((name) => `net/ipv6/conf/${scope}/${name}`),
  ]),
  'net/ipv4/ip_nonlocal_bind',
  'net/ipv6/ip_nonlocal_bind',
];

/** What a fresh namespace of this purpose is set to, beside what the kernel does. */
const SETTINGS: Readonly<Record<Purpose, Readonly<Record<string, string>>>> = {
  // The fabric's interfaces must not send a packet of their own.
  fabric: {
    'net/ipv6/conf/all/disable_ipv6': '1',
    'net/ipv6/conf/default/disable_ipv6': '1',
  },
  // IPv4's settings are copied from the host's, which may be anything; these are the kernel's own defaults.
  node: {
    'net/ipv4/conf/all/rp_filter': '0',
    'net/ipv4/conf/default/rp_filter': '0',
    'net/ipv4/conf/all/arp_ignore': '0',
    'net/ipv4/conf/default/arp_ignore': '0',
    'net/ipv4/ip_forward': '0',
  },
};

/** Makes an empty pool; namespaces appear below /run/netns. */
export function createNamespacePool(meter: UsageMeter): NamespacePool {
  const idle: Record<Purpose, PooledNamespace[]> = { fabric: [], node: [] };
  // One after the other, so that a large set that ended does not hold up those that play.
  let cleaning: Promise<void> = Promise.resolve();
  let made = 0;
  let pristine: Readonly<Record<string, string>> | undefined;

  function create(purpose: Purpose): PooledNamespace {
    made += 1;
    const namespace = createNetworkNamespace(`${purpose}${made}`);
    const route = openRoute(namespace);
    writeSysctls(namespace, SETTINGS[purpose]);
    route.changeLink(LOOPBACK_INDEX, { up: true });
    if (purpose === 'node') pristine ??= readSharedSettings(namespace);
    return { purpose, namespace, route };
  }

  function restore({ namespace }: PooledNamespace): void {
    flushTables(namespace);
    // Writes those alone that differ: some settings act when they are written.
    writeSysctls(namespace, pristine ?? {});
  }

  async function clean(used: PooledNamespace, use: Use): Promise<void> {
    for (const { index } of meter.tearDown(() => used.route.links())) {
      if (index !== LOOPBACK_INDEX) await meter.tearDown(() => used.route.deleteLinkAsync(index));
    }
    if (use.router) meter.tearDown(() => restore(used));
    idle[used.purpose].push(used);
  }

  function discard({ namespace, route }: PooledNamespace): void {
    route.close();
    namespace.delete();
  }

  return {
    async acquire(purpose) {
      return idle[purpose].pop() ?? meter.setUp(() => create(purpose));
    },
    restore,
    release(used, use) {
      if (use.discard) {
        discard(used);
        return;
      }
      // What cannot be cleaned is not used again.
      cleaning = cleaning.then(() => clean(used, use)).catch(() => discard(used));
    },
    cleaned: () => cleaning,
  };
}

function readSharedSettings(namespace: Namespace): Record<string, string> {
  return inNamespace(namespace, () => {
    const settings: Record<string, string> = {};
    for (const name of SHARED_SETTINGS) {
      const path = `/proc/sys/${name}`;
      // An older kernel, or one without IPv6, has fewer.
      if (existsSync(path)) settings[name] = readFileSync(path, 'utf8').trimEnd();
    }
    return settings;
  });
}
