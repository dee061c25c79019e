import { dirname } from 'node:path';
import type { LaunchLink } from '../lab/launch.ts';
import { findProgram } from '../linux/programs.ts';
import { NotPlayableError, StageError } from '../stage/stage.ts';
import type { RouterDescription } from '../stage/topology.ts';
import { formatMac, virtualMac } from '../wire/mac.ts';
import { vrrpdConfiguration } from './frr-configuration.ts';
import { FRR_SCRIPT } from './frr-script.ts';
import type { Availability, Implementation } from './implementation.ts';

const STOP_TIMEOUT_MS = 5_000;
/** zebra and vrrpd, one after the other, where many start at once and share the cores. */
const READY_TIMEOUT_MS = 20_000;
const PRIORITY = 10;
/** The mask of the virtual addresses on the macvlan: the subnet's, as in FRR's documentation. */
const PREFIX_LENGTH = { ipv4: 24, ipv6: 64 } as const;
const PROGRAMS = ['zebra', 'vrrpd', 'vtysh', 'bash', 'unshare', 'mount'] as const;

function find(): Availability {
  const missing = PROGRAMS.find((name) => findProgram(name) === undefined);
  return missing === undefined
    ? { available: true, program: findProgram('vrrpd')! }
    : {
        available: false,
        reason: `FRR is not installed: there is no ${missing}`,
        cure: 'sudo apt-get install --no-install-recommends frr',
      };
}

function portOf(router: RouterDescription, lan: string): { readonly interfaceName: string; readonly number: number } {
  const number = router.ports.findIndex((port) => port.lan === lan);
  return { interfaceName: router.ports[number]?.interfaceName ?? 'eth0', number: Math.max(0, number) };
}

/** FRR makes no macvlan: it looks for one with the virtual MAC below the interface, and for the addresses on it. */
function macvlansOf(router: RouterDescription): LaunchLink[] {
  return router.virtualRouters.map(({ lan, family, virtualRouterId, addresses }) => {
    const { interfaceName, number } = portOf(router, lan);
    return {
      name: `vrrp${family === 'ipv4' ? 4 : 6}-${number}-${virtualRouterId}`,
      parent: interfaceName,
      mode: 'bridge',
      macAddress: formatMac(virtualMac(family, virtualRouterId)),
      addresses: addresses.map((address) => `${address}/${PREFIX_LENGTH[family]}`),
      linkLocal: 'random',
    };
  });
}

/**
 * zebra and vrrpd of FRR: everything of them is in the router's folder, their sockets included, so that any number run
 * on one machine. A script is their parent, as root of the lab; see there. SIGTERM ends vrrpd gracefully.
 */
export const frr: Implementation = {
  name: 'frr',
  find,
  launch(router) {
    const found = find();
    if (!found.available) throw new StageError(found.reason, found.cure);
    if (router.configuration?.includes('vrrp_instance') === true) {
      throw new NotPlayableError(`the configuration of '${router.name}' is keepalived's, which FRR does not read`);
    }
    const interfaces = [...new Set(router.virtualRouters.map(({ lan }) => portOf(router, lan).interfaceName))];
    return {
      files: [
        { path: 'vrrpd.conf', text: vrrpdConfiguration(router), mode: 0o600 },
        { path: 'zebra.conf', text: '', mode: 0o600 },
        { path: 'start.sh', text: FRR_SCRIPT, mode: 0o600 },
        { path: 'group', text: 'root:x:0:\nfrrvty:x:0:root\n', mode: 0o644 },
      ],
      links: macvlansOf(router),
      prepare: [],
      command: {
        program: 'unshare',
        arguments: [
          ...['--mount', 'bash', '{folder}/start.sh', '{folder}', dirname(found.program)],
          ...[findProgram('vtysh')!, String(router.virtualRouters.length), ...interfaces],
        ],
      },
      stopSignal: 'SIGTERM',
      stopTimeoutMs: STOP_TIMEOUT_MS,
      readyPattern: '^ready: \\d+ virtual router',
      readyTimeoutMs: READY_TIMEOUT_MS,
      realTimePriority: PRIORITY,
      removeBeforeStart: [],
    };
  },
};
