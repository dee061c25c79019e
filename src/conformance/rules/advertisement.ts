import { formatMac, virtualMac } from '../../wire/mac.ts';
import { PROBLEM_BAD_VERSION } from '../../wire/problem.ts';
import type { Family } from '../../wire/vrrp.ts';
import type { Message } from '../observer/message.ts';
import { judgeCount, judgeIntervalField, judgeNonOwnerPriority, OWNER_PRIORITY } from './fields.ts';
import type { Rule } from './rule.ts';
import { EVERY_VERSION, VERSION_2, VERSION_3 } from './rule.ts';
import { list } from './words.ts';

const GROUP: Readonly<Record<Family, { readonly address: string; readonly mac: string }>> = {
  ipv4: { address: '224.0.0.18', mac: '01:00:5e:00:00:12' },
  ipv6: { address: 'ff02::12', mac: '33:33:00:00:00:12' },
};

/** What each advertisement must look like, whatever came before it. Judged once for each distinct message. */
export const ADVERTISEMENT_RULES: readonly Rule[] = [
  {
    requirement: 'tx.src-mac',
    profiles: EVERY_VERSION,
    needs: ['link-addresses'],
    message({ message }) {
      const isReadable = message.problem !== PROBLEM_BAD_VERSION && message.virtualRouterId >= 0;
      if (message.sourceMac === undefined || message.unicast || !isReadable) return undefined;
      const expected = formatMac(virtualMac(message.family, message.virtualRouterId));
      if (message.sourceMac === expected) return 'kept';
      return {
        message: `advertisements leave with source MAC ${message.sourceMac} instead of the virtual router MAC ${expected}: switches do not learn where the virtual router is`,
        expected,
        seen: message.sourceMac,
        advice:
          'let the router send from the virtual MAC (keepalived: use_vmac, without vmac_xmit_base), and check that port security and hypervisors allow it',
      };
    },
  },
  {
    requirement: 'tx.dst-mac',
    profiles: EVERY_VERSION,
    needs: ['link-addresses'],
    message({ message }) {
      if (message.destinationMac === undefined || message.unicast || !message.toGroup) return undefined;
      const expected = GROUP[message.family].mac;
      if (message.destinationMac === expected) return 'kept';
      return {
        message: `advertisements to ${message.destination} go to MAC ${message.destinationMac} instead of ${expected}: routers that filter by MAC do not hear them`,
        expected,
        seen: message.destinationMac,
      };
    },
  },
  {
    requirement: 'tx.dst-ip',
    profiles: EVERY_VERSION,
    needs: [],
    message({ message }) {
      if (message.unicast) return undefined;
      const expected = GROUP[message.family].address;
      if (message.toGroup) return 'kept';
      return {
        message: `advertisements are sent to ${message.destination} instead of ${expected}`,
        expected,
        seen: message.destination,
      };
    },
  },
  {
    requirement: 'tx.ttl',
    profiles: EVERY_VERSION,
    needs: [],
    message({ message, relayedFrom }) {
      if (message.unicast) return undefined;
      if (message.hopLimit === 255) return 'kept';
      // Who forwards it is to blame, not who sent it.
      if (relayedFrom !== undefined) return undefined;
      const field = message.family === 'ipv4' ? 'TTL' : 'hop limit';
      return {
        message: `advertisements have ${field} ${message.hopLimit} instead of 255: every conforming receiver discards them`,
        expected: '255',
        seen: String(message.hopLimit),
        advice: 'look for something that routes or relays VRRP between LANs',
      };
    },
  },
  {
    requirement: 'tx.version',
    profiles: EVERY_VERSION,
    needs: [],
    message({ message }) {
      if (message.problem !== PROBLEM_BAD_VERSION) return 'kept';
      return {
        message: `${versionInWords(message)}: every router of version 2 or 3 discards them, and what follows the VRID was not judged`,
        expected: message.family === 'ipv4' ? '2 or 3' : '3',
        seen: String(message.version),
        advice: 'CARP and other protocols use IP protocol 112 too; the VRID must not be shared with them',
      };
    },
  },
  {
    requirement: 'tx.type',
    profiles: EVERY_VERSION,
    needs: [],
    message({ message }) {
      if (message.type === 1) return 'kept';
      return {
        message: `messages have type ${message.type} instead of 1, ADVERTISEMENT: receivers discard them`,
        expected: '1',
        seen: String(message.type),
      };
    },
  },
  {
    requirement: 'tx.vrid',
    profiles: EVERY_VERSION,
    needs: [],
    message({ message }) {
      if (message.virtualRouterId < 0) return undefined;
      if (message.virtualRouterId > 0) return 'kept';
      return { message: 'advertisements have VRID 0; 1 to 255 are allowed', expected: '1 to 255', seen: '0' };
    },
  },
  {
    requirement: 'tx.count',
    profiles: EVERY_VERSION,
    needs: [],
    message({ message }) {
      return judgeCount(message);
    },
  },
  {
    requirement: 'tx.reserved',
    profiles: VERSION_3,
    needs: [],
    message({ message }) {
      // A message that ends before them has none.
      if (message.version !== 3 || message.reserved < 0) return undefined;
      if (message.reserved === 0) return 'kept';
      return {
        message: `the reserve bits are 0x${message.reserved.toString(16)} instead of zero`,
        expected: '0',
        seen: `0x${message.reserved.toString(16)}`,
      };
    },
  },
  {
    requirement: 'tx.interval',
    profiles: EVERY_VERSION,
    needs: [],
    message: judgeIntervalField,
  },
  {
    requirement: 'tx.auth.type',
    profiles: VERSION_2,
    needs: [],
    message({ message }) {
      if (message.version !== 2 || message.authenticationType < 0) return undefined;
      if (message.authenticationType === 0) return 'kept';
      return {
        message: `authentication type ${message.authenticationType} is in use (RFC 2338's, which RFC 3768 took out): it protects nothing, and a peer without it discards these advertisements`,
        expected: '0',
        seen: String(message.authenticationType),
        advice: 'take the authentication block out of every router of this VRID',
      };
    },
  },
  {
    requirement: 'tx.auth.data',
    profiles: VERSION_2,
    needs: [],
    message({ message }) {
      if (message.version !== 2 || message.authenticationType !== 0) return undefined;
      if (message.authenticationDataZero) return 'kept';
      return { message: 'the authentication data is not zero although the authentication type is 0', expected: 'zero' };
    },
  },
  {
    requirement: 'tx.link-local-first',
    profiles: VERSION_3,
    needs: [],
    message({ message, linkLocalFirst }) {
      if (message.family !== 'ipv6' || message.addresses.length === 0) return undefined;
      if (message.firstAddressLinkLocal) return 'kept';
      return {
        ...(linkLocalFirst ? {} : { breaks: ['rfc5798'] as const }),
        message: `the first address of the list is ${message.addresses[0]}, not the virtual router's link-local address: hosts that learn their router by Router Advertisements cannot use it`,
        expected: 'a link-local address (fe80::/10) first',
        seen: list(message.addresses),
        advice: 'configure a link-local virtual address, as the first one',
      };
    },
  },
  {
    requirement: 'nd.iid',
    profiles: ['rfc5798'],
    needs: [],
    message({ message }) {
      if (message.family !== 'ipv6') return undefined;
      const derived = [message.source, ...message.addresses].filter(isFromVirtualMac);
      if (derived.length === 0) return 'kept';
      return {
        message: `${list(derived)} is derived from the virtual MAC (modified EUI-64): every router of the group makes the same one, and duplicate address detection fails`,
        expected: 'interface identifiers that are not made from the virtual MAC',
        seen: list(derived),
        advice: 'set addrgenmode of the macvlan to none or random before it goes up',
      };
    },
  },
  {
    requirement: 'tx.priority.backup',
    profiles: EVERY_VERSION,
    needs: [],
    message: judgeNonOwnerPriority,
  },
  {
    requirement: 'tx.priority.owner',
    profiles: EVERY_VERSION,
    needs: ['intent'],
    message({ message, router, intentOf }) {
      if (intentOf(router)?.priority !== OWNER_PRIORITY || message.priority <= 0) return undefined;
      if (message.priority === OWNER_PRIORITY) return 'kept';
      return {
        message: `the address owner advertises priority ${message.priority} instead of 255`,
        expected: '255',
        seen: String(message.priority),
      };
    },
  },
];

/** Modified EUI-64 of a virtual MAC: xx::200:5eff:fe00:1xx or :2xx. */
export function isFromVirtualMac(address: string): boolean {
  return /:200:5eff:fe00:[12][0-9a-f]{2}$/.test(address);
}

/** A version that is not judged: that of the drafts before RFC 2338, version 2 where there is none, or another protocol's. */
function versionInWords({ version, family }: Message): string {
  const over = family === 'ipv4' ? 'IPv4' : 'IPv6';
  if (version === 1)
    return 'advertisements are of version 1, which was never more than a draft (RFC 2338 began with version 2)';
  if (version === 2) return `advertisements are of version 2 over ${over}, for which there is version 3 alone`;
  return `advertisements say version ${version} over ${over}, which no document knows`;
}
