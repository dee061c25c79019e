import type { RouterConfiguration } from '../config/configuration.ts';
import { interfaceSysctl } from '../linux/sysctl.ts';
import type { Family } from '../wire/vrrp.ts';
import type { SysctlGuard, SysctlSetting } from './sysctl-guard.ts';

/** Which interfaces the parameters are for. */
export interface VirtualMacInterfaces {
  /** The macvlan. */
  readonly name: string;
  readonly parent: string;
  readonly family: Family;
  /** Every interface that there is; asked where it matters. */
  every(): readonly string[];
}

/** Sets the parameters of the macvlan and its parent that a virtual MAC needs; each with its reason. */
export function prepareVirtualMacSysctls(
  sysctls: SysctlGuard,
  { name, parent, family, every }: VirtualMacInterfaces,
): void {
  const four = (link: string, parameter: string): string => interfaceSysctl('ipv4', link, parameter);
  const six = (link: string, parameter: string): string => interfaceSysctl('ipv6', link, parameter);

  const settings: SysctlSetting[] = [];
  const want = (setting: string, value: number, reason: string): void => {
    settings.push({ name: setting, value, reason });
  };

  if (family === 'ipv6') {
    want(four(name, 'arp_ignore'), 8, 'the virtual MAC of an IPv6 virtual router answers no ARP');
    want(six(name, 'disable_ipv6'), 0, 'the virtual MAC of an IPv6 virtual router speaks IPv6');
    want(six(name, 'forwarding'), 1, 'Neighbor Advertisements for virtual addresses carry the Router flag');
    want(six(name, 'accept_ra'), 0, 'no address is made from the virtual MAC');
    want(six(name, 'autoconf'), 0, 'no address is made from the virtual MAC');
    want(six(name, 'dad_transmits'), 0, 'takeover does not wait for duplicate address detection');
    want(six(name, 'router_solicitations'), 0, 'a router does not ask for routers');
    sysctls.set(settings);
    return;
  }
  freeFromAll(sysctls, every);
  want(six(name, 'disable_ipv6'), 1, 'the virtual MAC of an IPv4 virtual router sends no IPv6');
  want(four(name, 'rp_filter'), 0, 'advertisements and traffic come in here, and go out by the parent');
  want(four(name, 'accept_local'), 1, 'another virtual router of this machine is heard');
  want(four(name, 'arp_ignore'), 1, 'the virtual MAC answers for virtual addresses alone');
  want(four(name, 'arp_filter'), 0, 'hosts are reached by the parent, and are answered all the same');
  want(four(name, 'forwarding'), sysctls.read(four(parent, 'forwarding')) ?? 0, 'as the parent does');
  if ((sysctls.read(four(parent, 'arp_ignore')) ?? 0) < 1)
    want(four(parent, 'arp_ignore'), 1, 'the physical MAC does not answer for virtual addresses');
  want(four(parent, 'arp_announce'), 2, 'no ARP from the physical MAC names a virtual address as its sender');
  sysctls.set(settings);
}

const PROMOTE_SECONDARIES = 'promote_secondaries';

/** What promote_secondaries asks for. */
export function promoteSecondaries(sysctls: SysctlGuard, interfaceName: string): void {
  const name = interfaceSysctl('ipv4', interfaceName, PROMOTE_SECONDARIES);
  const reason = 'promote_secondaries: the next address takes the place of a primary one that goes';
  sysctls.set([{ name, value: 1, reason }]);
}

/**
 * Of these the kernel uses the larger of an interface's value and that of `all`. Where `all` would overrule the macvlan
 * it moves to the interfaces, so that each behaves as before and the macvlan can be left out.
 */
function freeFromAll(sysctls: SysctlGuard, every: () => readonly string[]): void {
  for (const [parameter, harmless] of OVERRULED) {
    const everywhere = interfaceSysctl('ipv4', 'all', parameter);
    const all = sysctls.read(everywhere) ?? 0;
    if (all <= harmless) continue;
    const links = every().map((name) => interfaceSysctl('ipv4', name, parameter));
    const isLess = (name: string): boolean => (sysctls.read(name) ?? 0) < all;
    sysctls.keep(links.filter((name) => !isLess(name)));
    const less = [interfaceSysctl('ipv4', 'default', parameter), ...links].filter(isLess);
    sysctls.set([
      ...less.map((name) => ({ name, value: all, reason: `what all.${parameter} said` })),
      { name: everywhere, value: 0, reason: 'it would overrule the interface of the virtual MAC' },
    ]);
  }
}

/** Whether virtual routers use, or may use, a parameter that the router sets for some. */
export function usesSysctl({ virtualRouters }: Pick<RouterConfiguration, 'virtualRouters'>, name: string): boolean {
  const [, , , interfaceName, parameter] = name.split('/');
  if (OVERRULED.some(([one]) => one === parameter))
    return virtualRouters.some(({ family, virtualMac }) => family === 'ipv4' && virtualMac !== undefined);
  return virtualRouters.some(({ interfaceName: port, virtualMac, promoteSecondaries: promotes }) => {
    const isNeeded = parameter === PROMOTE_SECONDARIES ? promotes : virtualMac !== undefined;
    return isNeeded && [port, virtualMac?.interfaceName].includes(interfaceName);
  });
}

/** Parameters, and up to which value of `all` a macvlan with a host address still answers. */
const OVERRULED = [
  ['rp_filter', 0],
  ['arp_filter', 0],
  ['arp_ignore', 1],
] as const;
