import { formatMac, virtualMac as virtualMacAddress } from '../wire/mac.ts';
import type { Family } from '../wire/vrrp.ts';
import type { VirtualMac, VirtualRouterConfiguration } from './configuration.ts';
import type { InstanceDraft } from './instance.ts';
import { isInterfaceName } from './interface-name.ts';
import { quoted } from './keyword.ts';
import { type Complaints, complain, notice } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { Word } from './words.ts';

interface MacContext {
  readonly name: Word;
  readonly family: Family;
  readonly virtualRouterId: number;
  readonly macNames: Set<string>;
}

/** The interface of the virtual MAC with its names filled in; undefined without use_vmac. */
export function virtualMacOf(context: ResolveContext, draft: InstanceDraft, about: MacContext): VirtualMac | undefined {
  const { virtualMac, transmitOnBase } = draft;
  if (virtualMac === undefined) {
    if (transmitOnBase !== undefined) complain(context.complaints, transmitOnBase, 'vmac_xmit_base needs use_vmac');
    return undefined;
  }
  const standard = standardMacOf(about);
  const given = virtualMac.macAddress
    ?.toLowerCase()
    .split(':')
    .map((octet) => octet.padStart(2, '0'));
  if (given?.length === 5) given.push(standard.slice(-2));
  if (given !== undefined && (Number.parseInt(given[0]!, 16) & 1) === 1) {
    complain(
      context.complaints,
      virtualMac,
      `${given.join(':')} is a group address`,
      'a virtual MAC is an individual address',
    );
  }
  const interfaceName = virtualMac.interfaceName ?? freeName(context, about);
  if (!isInterfaceName(interfaceName))
    complain(context.complaints, virtualMac, `${quoted(interfaceName)} is no name for an interface`);
  const isUnicast = (draft.peers?.value.length ?? 0) > 0;
  if (isUnicast && transmitOnBase === undefined)
    notice(context.complaints, virtualMac, 'unicast with use_vmac goes by the interface itself: vmac_xmit_base is set');
  return {
    interfaceName,
    macAddress: given?.join(':') ?? standard,
    transmitOnBase: isUnicast || transmitOnBase !== undefined,
  };
}

/** The virtual router MAC address of RFC 9568 §7.3. */
export function standardMacOf({ family, virtualRouterId }: { family: Family; virtualRouterId: number }): string {
  return formatMac(virtualMacAddress(family, virtualRouterId), 0);
}

/** `vrrp.250`, and where that is taken by another virtual router of the file `vrrp6.250` or `vrrp.250.1`. */
function freeName(context: ResolveContext, { family, virtualRouterId, macNames }: MacContext): string {
  const { virtualMacPrefix } = context.global;
  const candidates = [`${virtualMacPrefix}.${virtualRouterId}`];
  if (family === 'ipv6') candidates.push(`${virtualMacPrefix}6.${virtualRouterId}`);
  for (let number = 1; number <= 9; number += 1) candidates.push(`${virtualMacPrefix}.${virtualRouterId}.${number}`);
  const free = candidates.find((candidate) => !macNames.has(candidate)) ?? candidates[0]!;
  macNames.add(free);
  return free;
}

/** Complains of an interface that would carry two virtual MACs. */
export function refuseSharedMacInterfaces(
  routers: readonly VirtualRouterConfiguration[],
  complaints: Complaints,
): void {
  const seen = new Set<string>();
  for (const router of routers) {
    const name = router.virtualMac?.interfaceName;
    if (name === undefined) continue;
    if (seen.has(name))
      complain(complaints, router, `the interface ${name} would carry two virtual MACs`, 'name another after use_vmac');
    seen.add(name);
  }
}
