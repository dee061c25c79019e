import type { MessageView, Rule } from './rule.ts';
import { EVERY_VERSION, VERSION_3 } from './rule.ts';
import { list } from './words.ts';

const OWNER_PRIORITY = 255;

/** Where advertisements come from, and for which addresses. */
export const SOURCE_RULES: readonly Rule[] = [
  { requirement: 'tx.src-ip.v4', profiles: EVERY_VERSION, needs: [], message: judgeSourceIpv4 },
  {
    requirement: 'tx.src-ip.v6',
    profiles: VERSION_3,
    needs: [],
    message({ message }) {
      if (message.family !== 'ipv6') return undefined;
      if (message.priority < OWNER_PRIORITY && message.addresses.includes(message.source)) {
        return {
          what: 'virtual',
          level: 'information',
          message: `advertisements of priority ${message.priority} come from the virtual address ${message.source} (FRR 8.4 does it even where its macvlan has a link-local address of its own): every router of the VRID has the same source, so a tie cannot be broken`,
          expected: 'the link-local address of the interface',
          seen: message.source,
        };
      }
      if (message.sourceLinkLocal) return 'kept';
      return {
        message: `advertisements come from ${message.source}, which is no link-local address`,
        expected: 'a link-local address (fe80::/10)',
        seen: message.source,
      };
    },
  },
  { requirement: 'tx.addresses', profiles: EVERY_VERSION, needs: [], message: judgeAddresses },
];

function judgeSourceIpv4({ message, router, intentOf }: MessageView): ReturnType<NonNullable<Rule['message']>> {
  if (message.family !== 'ipv4') return undefined;
  const primary = intentOf(router)?.primaryAddress;
  const isVirtual = message.addresses.includes(message.source);
  // An owner that sends another priority than 255 breaks that rule, and not this one: its source is its primary address.
  if (isVirtual && primary !== message.source && message.priority !== OWNER_PRIORITY && message.priority !== 0) {
    return {
      what: 'virtual',
      message: `advertisements of priority ${message.priority} come from the virtual address ${message.source}: the source must be the interface's primary address, by which ties are broken`,
      expected: 'the primary address of the interface',
      seen: message.source,
    };
  }
  if (primary !== undefined && primary !== message.source) {
    return {
      what: 'primary',
      message: `advertisements come from ${message.source}, the interface's primary address is ${primary}`,
      expected: primary,
      seen: message.source,
    };
  }
  const { tenure } = router;
  if (router.node !== undefined && tenure !== undefined && router.sourceAddress !== message.source) {
    return {
      what: 'changed',
      message: `the source address changed from ${router.sourceAddress} to ${message.source} while the router was Active`,
      expected: router.sourceAddress,
      seen: message.source,
    };
  }
  return 'kept';
}

/** The list is the virtual router's: the configured one where it is known, else the one that its peers send. */
function judgeAddresses({
  message,
  router,
  virtualRouter,
  intentOf,
}: MessageView): ReturnType<NonNullable<Rule['message']>> {
  if (message.addresses.length === 0) return undefined;
  const intended = intentOf(router)?.addresses;
  if (intended !== undefined) {
    if (sameSet(intended, message.addresses)) return 'kept';
    return {
      what: 'configured',
      message: `advertisements list ${list(message.addresses)}; configured are ${list(intended)}`,
      expected: list(intended),
      seen: list(message.addresses),
    };
  }
  const peer = virtualRouter.routers.find(
    (other) => other !== router && other.addresses.length > 0 && !sameSet(other.addresses, message.addresses),
  );
  if (peer === undefined) return virtualRouter.routers.length > 1 ? 'kept' : undefined;
  return {
    what: peer.name,
    message: `advertisements list ${list(message.addresses)}, those of ${peer.name} list ${list(peer.addresses)}: after a failover some addresses are served by nobody`,
    expected: `the same addresses on every router of the VRID`,
    seen: `${list(message.addresses)} against ${list(peer.addresses)}`,
    advice: 'make the virtual address lists of the routers equal',
  };
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  if (left === right) return true;
  const rightSet = new Set(right);
  return new Set(left).size === rightSet.size && left.every((address) => rightSet.has(address));
}
