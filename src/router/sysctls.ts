import { interfaceSysctl } from '../linux/sysctl.ts';
import type { Family } from '../wire/vrrp.ts';
import type { SysctlGuard } from './sysctl-guard.ts';

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

  if (family === 'ipv6') {
    sysctls.set(four(name, 'arp_ignore'), 8, 'the virtual MAC of an IPv6 virtual router answers no ARP');
    sysctls.set(six(name, 'disable_ipv6'), 0, 'the virtual MAC of an IPv6 virtual router speaks IPv6');
    sysctls.set(six(name, 'forwarding'), 1, 'Neighbor Advertisements for virtual addresses carry the Router flag');
    sysctls.set(six(name, 'accept_ra'), 0, 'no address is made from the virtual MAC');
    sysctls.set(six(name, 'autoconf'), 0, 'no address is made from the virtual MAC');
    sysctls.set(six(name, 'dad_transmits'), 0, 'takeover does not wait for duplicate address detection');
    sysctls.set(six(name, 'router_solicitations'), 0, 'a router does not ask for routers');
    return;
  }
  sysctls.set(six(name, 'disable_ipv6'), 1, 'the virtual MAC of an IPv4 virtual router sends no IPv6');
  freeFromAll(sysctls, every);
  sysctls.set(four(name, 'rp_filter'), 0, 'advertisements and traffic come in here, and go out by the parent');
  sysctls.set(four(name, 'accept_local'), 1, 'another virtual router of this machine is heard');
  sysctls.set(four(name, 'arp_ignore'), 1, 'the virtual MAC answers for virtual addresses alone');
  sysctls.set(four(name, 'arp_filter'), 0, 'hosts are reached by the parent, and are answered all the same');
  sysctls.set(four(name, 'forwarding'), sysctls.read(four(parent, 'forwarding')) ?? 0, 'as the parent does');
  if ((sysctls.read(four(parent, 'arp_ignore')) ?? 0) < 1) {
    sysctls.set(four(parent, 'arp_ignore'), 1, 'the physical MAC does not answer for virtual addresses');
  }
  sysctls.set(four(parent, 'arp_announce'), 2, 'no ARP from the physical MAC names a virtual address as its sender');
}

/** What promote_secondaries asks for. */
export function promoteSecondaries(sysctls: SysctlGuard, interfaceName: string): void {
  const name = interfaceSysctl('ipv4', interfaceName, 'promote_secondaries');
  sysctls.set(name, 1, 'promote_secondaries: the next address takes the place of a primary one that goes');
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
    for (const name of ['default', ...every()]) {
      const own = interfaceSysctl('ipv4', name, parameter);
      if ((sysctls.read(own) ?? 0) < all) sysctls.set(own, all, `what all.${parameter} said`);
    }
    sysctls.set(everywhere, 0, 'it would overrule the interface of the virtual MAC');
  }
}

/** Parameters, and up to which value of `all` a macvlan with a host address still answers. */
const OVERRULED = [
  ['rp_filter', 0],
  ['arp_filter', 0],
  ['arp_ignore', 1],
] as const;
