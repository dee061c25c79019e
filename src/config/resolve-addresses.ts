import { isIPv4 } from 'node:net';
import type { Family } from '../wire/vrrp.ts';
import type { VirtualAddress, VirtualMac } from './configuration.ts';
import type { InstanceDraft } from './instance.ts';
import { quoted } from './keyword.ts';
import { type Complaints, complain, notice } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { VirtualAddressDraft } from './virtual-address.ts';
import type { Word } from './words.ts';

const MOST_ADDRESSES = 255;

/** The one family of all addresses; undefined where there is no address, which was complained about. */
export function familyOf(draft: InstanceDraft, name: Word, complaints: Complaints): Family | undefined {
  const first = draft.addresses[0];
  if (first === undefined) {
    complain(complaints, name, `vrrp_instance ${name.text} needs an address`, 'add virtual_ipaddress { ADDRESS }');
    return undefined;
  }
  if (draft.addresses.length > MOST_ADDRESSES) {
    complain(
      complaints,
      draft.addresses[MOST_ADDRESSES]!.address,
      `an advertisement carries at most ${MOST_ADDRESSES} addresses`,
      'use virtual_ipaddress_excluded',
    );
  }
  const is4 = isIPv4(first.address.address);
  for (const { address } of [...draft.addresses, ...draft.excludedAddresses]) {
    if (isIPv4(address.address) !== is4) {
      complain(
        complaints,
        address,
        'the addresses of a vrrp_instance are of one family',
        'write a vrrp_instance for each family',
      );
    }
  }
  return is4 ? 'ipv4' : 'ipv6';
}

/** The first IPv6 address is to be link-local (RFC 9568 §5.2.9): an error in strict mode and with the defaults of an RFC. */
export function checkFirstAddress(
  context: ResolveContext,
  draft: InstanceDraft,
  family: Family,
  strict: boolean,
): void {
  const first = draft.addresses[0]?.address;
  if (family !== 'ipv6' || first === undefined || /^fe[89ab]/i.test(first.address)) return;
  const message = 'the first IPv6 address must be the link-local address of the virtual router (RFC 9568 5.2.9)';
  if (strict || context.defaults !== 'keepalived') complain(context.complaints, first, message, 'write fe80::… first');
  else notice(context.complaints, first, message);
}

/** The addresses without their interface, which must be the one that carries them. */
export function addressesOf(
  drafts: readonly VirtualAddressDraft[],
  interfaceName: string,
  virtualMac: VirtualMac | undefined,
  complaints: Complaints,
): VirtualAddress[] {
  const carrier = virtualMac?.interfaceName ?? interfaceName;
  for (const { device } of drafts) {
    if (device === undefined || device.text === carrier) continue;
    complain(
      complaints,
      device,
      `a virtual address on ${quoted(device.text)} is not honoured`,
      `virtual addresses go on ${carrier}: remove dev`,
    );
  }
  return drafts.map(({ address }) => address);
}

/** Complains of an address that is there twice, whatever the list. */
export function refuseDuplicates(addresses: readonly VirtualAddress[], complaints: Complaints): void {
  const seen = new Set<string>();
  for (const address of addresses) {
    const key = address.address.toLowerCase();
    if (seen.has(key)) complain(complaints, address, `${address.address} is there twice`, 'remove one');
    seen.add(key);
  }
}
