import type {
  NotifyScripts,
  RouterConfiguration,
  Script,
  Tracked,
  VirtualAddress,
  VirtualMac,
  VirtualRouterConfiguration,
} from './configuration.ts';
import { routerAdvertisementLines } from './print-router-advertisement.ts';
import { routeText, ruleText } from './print-routing.ts';
import { block, commandText, optional, secondsText, switchText, userText, wordText } from './print-text.ts';
import { standardMacOf } from './resolve-virtual-mac.ts';

/** The lines of a vrrp_instance that says everything, whatever the defaults of its reader. */
export function instanceLines(router: VirtualRouterConfiguration, configuration: RouterConfiguration): string[] {
  return block(`vrrp_instance ${wordText(router.name)}`, [
    ...electionLines(router),
    ...transportLines(router),
    ...announcementLines(router),
    ...routerAdvertisementLines(router.routerAdvertisement),
    ...block(
      'virtual_ipaddress',
      router.addresses.map((one) => addressText(one)),
    ),
    ...blockUnlessEmpty(
      'virtual_ipaddress_excluded',
      router.excludedAddresses.map((one) => addressText(one)),
    ),
    ...blockUnlessEmpty('virtual_routes', router.routes.map(routeText)),
    ...blockUnlessEmpty('virtual_rules', router.rules.map(ruleText)),
    ...(router.promoteSecondaries ? ['promote_secondaries'] : []),
    ...trackingLines(router, configuration),
    ...notifyLines(router.notify),
    `notify_priority_changes ${switchText(router.notifyPriorityChanges)}`,
  ]);
}

function electionLines(router: VirtualRouterConfiguration): string[] {
  const { virtualMac, initialState, preemptDelayNs } = router;
  return [
    `state ${initialState === 'active' ? 'MASTER' : 'BACKUP'}`,
    `interface ${router.interfaceName}`,
    `virtual_router_id ${router.virtualRouterId}`,
    `version ${router.version}`,
    ...(router.alsoVersion2 ? ['v2_v3_mode'] : []),
    `priority ${router.priority}`,
    `advert_int ${secondsText(router.advertisementIntervalNs)}`,
    `down_timer_adverts ${router.downTimerAdvertisements}`,
    router.preempt ? 'preempt' : 'nopreempt',
    ...(preemptDelayNs === 0 ? [] : [`preempt_delay ${secondsText(preemptDelayNs)}`]),
    ...(virtualMac === undefined ? [] : [virtualMacText(virtualMac, router)]),
    ...(virtualMac?.transmitOnBase === true ? ['vmac_xmit_base'] : []),
    router.acceptMode ? 'accept' : 'no_accept',
    ...(router.ignoreInterfaceFaults ? ['dont_track_primary'] : []),
  ];
}

/** keepalived refuses the RFC's own MAC address where it is written. */
function virtualMacText({ interfaceName, macAddress }: VirtualMac, router: VirtualRouterConfiguration): string {
  const standard = standardMacOf(router);
  return ['use_vmac', interfaceName, ...(macAddress === standard ? [] : [macAddress])].join(' ');
}

function transportLines(router: VirtualRouterConfiguration): string[] {
  const { unicast, password } = router;
  const peers = unicast?.peers.map(
    ({ address, minimumTtl, maximumTtl }) => `${address} min_ttl ${minimumTtl} max_ttl ${maximumTtl}`,
  );
  const plainPeers = unicast?.peers.map(({ address }) => address);
  return [
    ...optional(unicast === undefined ? 'mcast_src_ip' : 'unicast_src_ip', router.sourceAddress, String),
    ...(router.trackSourceAddress ? ['track_src_ip'] : []),
    ...optional('mcast_dst_ip', router.group, String),
    // Bounds of a TTL, even the widest, would have the source checked.
    ...(unicast === undefined ? [] : block('unicast_peer', unicast.checkSource ? peers! : plainPeers!)),
    ...(unicast === undefined ? [] : [`unicast_ttl ${unicast.ttl}`]),
    ...(unicast?.checkSource === true ? ['check_unicast_src'] : []),
    ...(password === undefined ? [] : block('authentication', ['auth_type PASS', `auth_pass ${wordText(password)}`])),
    // Only where it is not keepalived's own way: not every keepalived knows the keyword.
    ...(router.ipv4Checksum === 'message-alone' ? ['v3_checksum_as_v2'] : []),
    `skip_check_adv_addr ${switchText(!router.checkAddressList)}`,
    `lower_prio_no_advert ${switchText(!router.immediateAssertion)}`,
    ...(router.version === 3 && router.ownerIgnoresAdvertisements ? ['owner_ignores_adverts'] : []),
    `higher_prio_send_advert ${switchText(router.advertiseBeforeYield)}`,
  ];
}

function announcementLines({ announcements }: VirtualRouterConfiguration): string[] {
  return [
    `garp_master_repeat ${announcements.repeat}`,
    `garp_master_delay ${secondsText(announcements.delayNs)}`,
    `garp_master_refresh ${secondsText(announcements.refreshNs)}`,
    `garp_master_refresh_repeat ${announcements.refreshRepeat}`,
    `garp_lower_prio_repeat ${announcements.lowerPriorityRepeat}`,
    `garp_lower_prio_delay ${secondsText(announcements.lowerPriorityDelayNs)}`,
  ];
}

/** An entry of virtual_ipaddress or static_ipaddress. */
export function addressText(address: VirtualAddress, device?: string): string {
  const { prefixLength, broadcast, scope, label } = address;
  return [
    prefixLength === undefined ? address.address : `${address.address}/${prefixLength}`,
    ...optional('brd', broadcast, String),
    ...optional('dev', device, wordText),
    ...optional('scope', scope, String),
    ...optional('label', label, wordText),
  ].join(' ');
}

function trackingLines({ tracking }: VirtualRouterConfiguration, configuration: RouterConfiguration): string[] {
  const { trackScripts, trackFiles, trackProcesses } = configuration;
  return [
    ...trackLines('track_interface', tracking.interfaces, []),
    ...trackLines('track_script', tracking.scripts, trackScripts),
    ...trackLines('track_file', tracking.files, trackFiles),
    ...trackLines('track_process', tracking.processes, trackProcesses),
  ];
}

function trackLines(keyword: string, entries: readonly Tracked[], definitions: readonly Tracked[]): string[] {
  const lines = entries.map(({ name, weight, reverse }) => {
    const isReversed = definitions.find((one) => one.name === name)?.reverse ?? false;
    const direction = keyword === 'track_script' ? 'no_reverse' : 'noreverse';
    return `${wordText(name)} weight ${weight}${reverse ? ' reverse' : isReversed ? ` ${direction}` : ''}`;
  });
  return blockUnlessEmpty(keyword, lines);
}

const NOTIFY_KEYWORDS: Readonly<Record<keyof NotifyScripts, string>> = {
  active: 'notify_master',
  backup: 'notify_backup',
  fault: 'notify_fault',
  stop: 'notify_stop',
  any: 'notify',
  activeReceivedLowerPriority: 'notify_master_rx_lower_pri',
};

/** The notify_… lines of a vrrp_instance or a vrrp_sync_group. */
export function notifyLines(notify: NotifyScripts): string[] {
  return Object.entries(NOTIFY_KEYWORDS).flatMap(([event, keyword]) =>
    optional(keyword, notify[event as keyof NotifyScripts], scriptText),
  );
}

/** A script, and the user that it runs as where one was written. */
export function scriptText(script: Script): string {
  return [commandText(script), ...(script.user === undefined ? [] : [userText(script.user)])].join(' ');
}

/** A block, or nothing where it would be empty. */
export function blockUnlessEmpty(head: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : block(head, lines);
}
