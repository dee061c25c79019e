import { formatDuration } from '../capture/time.ts';
import type { RouterDescription } from '../stage/topology.ts';

type VirtualRouter = RouterDescription['virtualRouters'][number];

/**
 * How a router outside is to be configured, for a person who knows its command line: its addresses, and each virtual
 * router with every setting that differs between scenarios.
 */
export function outsideConfiguration(router: RouterDescription): string {
  const own = router.ports.map(({ lan, addresses }) => `own addresses on LAN ${lan}: ${addresses.join(', ')}`);
  return [...own, ...router.virtualRouters.flatMap((intent) => describe(router, intent))].join('\n');
}

function describe(router: RouterDescription, intent: VirtualRouter): string[] {
  const { virtualRouterId, version, family, lan, priority = 100, advertisementIntervalNs, addresses } = intent;
  const on = router.ports.length > 1 ? ` on LAN ${lan}` : '';
  return [
    `virtual router ${virtualRouterId}${on}: VRRP version ${version}, ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`,
    `  priority             ${priority}${priority === 255 ? ' (it owns the addresses)' : ''}`,
    ...(advertisementIntervalNs === undefined
      ? []
      : [`  interval             ${formatDuration(advertisementIntervalNs)}`]),
    `  virtual addresses    ${addresses.join(', ')}`,
    `  preemption           ${preemption(intent)}`,
    `  accept mode          ${intent.acceptMode === false ? 'off' : 'on (it answers pings to the virtual addresses)'}`,
    `  virtual MAC          ${virtualMacWords(intent)}`,
    ...(intent.ipv4Checksum === undefined
      ? []
      : [
          `  checksum             ${intent.ipv4Checksum === 'message-alone' ? 'over the message alone' : 'with pseudo-header'}`,
        ]),
    ...(router.configuration === undefined ? [] : ['  as this says:', ...router.configuration.trimEnd().split('\n')]),
  ];
}

function preemption({ preempt, preemptDelayNs = 0 }: VirtualRouter): string {
  if (preempt === false) return 'off';
  return preemptDelayNs === 0 ? 'on' : `on, after ${formatDuration(preemptDelayNs)}`;
}

function virtualMacWords({ virtualMac, transmitOnBase }: VirtualRouter): string {
  if (virtualMac === false) return 'not used';
  return transmitOnBase === true ? 'used, but for advertisements' : 'used';
}
