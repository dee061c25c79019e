import { isIPv4 } from 'node:net';
import type { VirtualRouterIntent } from '../capture/intent.ts';

/** What a text needs beyond the intent. */
export interface KeepalivedTextOptions {
  /** The interface on the LAN of each virtual router; `eth0` unless told. */
  readonly interfaceOf?: (intent: VirtualRouterIntent) => string;
  /** The mask of virtual addresses, where one is to be written. */
  readonly prefixLengths?: { readonly ipv4?: number; readonly ipv6?: number };
  /** Lines for global_defs, after router_id. */
  readonly globalLines?: readonly string[];
  /** More lines for a virtual router: scripts, announcements. */
  readonly linesOf?: (intent: VirtualRouterIntent) => readonly string[];
}

/**
 * Writes the keepalived.conf of one router: what its virtual routers are meant to do, in keywords that keepalived and
 * the native router read alike. What the intent leaves open is left to the reader's defaults.
 */
export function keepalivedConfiguration(
  router: string,
  virtualRouters: readonly VirtualRouterIntent[],
  options: KeepalivedTextOptions = {},
): string {
  const globals = [`router_id ${router}`, ...(options.globalLines ?? [])];
  const blocks = virtualRouters.map((intent, index) => {
    const { virtualRouterId, family } = intent;
    const before = virtualRouters.slice(0, index).filter((one) => isNamesake(one, intent)).length;
    // The same VRID on another LAN is another virtual router: its instance and its interface need names of their own.
    const suffix = `${virtualRouterId}${before === 0 ? '' : `.${before + 1}`}`;
    return instanceText(intent, NAMES[family](suffix), options);
  });
  return `${['global_defs {', ...globals.map(indented), '}'].join('\n')}\n\n${blocks.join('\n')}`;
}

interface InstanceNames {
  readonly instance: string;
  readonly virtualMacInterface: string;
}

const NAMES = {
  ipv4: (suffix: string): InstanceNames => ({ instance: `VI_${suffix}`, virtualMacInterface: `vrrp.${suffix}` }),
  ipv6: (suffix: string): InstanceNames => ({ instance: `VI_${suffix}_6`, virtualMacInterface: `vrrp6.${suffix}` }),
};

function isNamesake(one: VirtualRouterIntent, other: VirtualRouterIntent): boolean {
  return one.virtualRouterId === other.virtualRouterId && one.family === other.family;
}

function indented(line: string): string {
  return `    ${line}`;
}

function instanceText(intent: VirtualRouterIntent, names: InstanceNames, options: KeepalivedTextOptions): string {
  const { virtualRouterId } = intent;
  // keepalived starts an owner as Backup unless it is told; the native router does not care.
  const state = intent.priority === 255 ? 'MASTER' : 'BACKUP';
  const lines = [`state ${state}`, `interface ${options.interfaceOf?.(intent) ?? 'eth0'}`];
  lines.push(`virtual_router_id ${virtualRouterId}`, `version ${intent.version}`);
  if (intent.priority !== undefined) lines.push(`priority ${intent.priority}`);
  if (intent.advertisementIntervalNs !== undefined)
    lines.push(`advert_int ${secondsText(intent.advertisementIntervalNs)}`);
  if (intent.preempt === false) lines.push('nopreempt');
  if (intent.preemptDelayNs !== undefined) lines.push(`preempt_delay ${secondsText(intent.preemptDelayNs)}`);
  if (intent.downTimerAdvertisements !== undefined) lines.push(`down_timer_adverts ${intent.downTimerAdvertisements}`);
  if (intent.virtualMac === true) {
    lines.push(`use_vmac ${names.virtualMacInterface}`);
    if (intent.transmitOnBase === true) lines.push('vmac_xmit_base');
  }
  if (intent.acceptMode !== undefined) lines.push(intent.acceptMode ? 'accept' : 'no_accept');
  lines.push(...(options.linesOf?.(intent) ?? []));
  const addresses = intent.addresses.map((address) => indented(addressText(address, options)));
  lines.push('virtual_ipaddress {', ...addresses, '}');
  return [`vrrp_instance ${names.instance} {`, ...lines.map(indented), '}', ''].join('\n');
}

function addressText(address: string, { prefixLengths }: KeepalivedTextOptions): string {
  const prefixLength = isIPv4(address) ? prefixLengths?.ipv4 : prefixLengths?.ipv6;
  return prefixLength === undefined ? address : `${address}/${prefixLength}`;
}

/** Nanoseconds as decimal seconds: `1`, `0.01`. */
function secondsText(valueNs: number): string {
  return (valueNs / 1e9).toFixed(9).replace(/\.?0+$/, '');
}
