import type { AnnouncedView, AnnouncementView, Judgement, Rule } from './rule.ts';
import { EVERY_VERSION, VERSION_3 } from './rule.ts';
import { duration, list } from './words.ts';

const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const ALL_NODES = 'ff02::1';

/** What a router that becomes Active tells hosts and switches. */
export const ANNOUNCEMENT_RULES: readonly Rule[] = [
  {
    requirement: 'backup.takeover.announce.v4',
    profiles: EVERY_VERSION,
    needs: [],
    announced: (view) => (view.virtualRouter.family === 'ipv4' ? judgeMissing(view, 'gratuitous ARP') : undefined),
    announcement: judgeGratuitousArp,
  },
  {
    requirement: 'backup.takeover.announce.v4',
    profiles: ['rfc9568'],
    needs: [],
    announcement: judgeTargetHardware,
  },
  {
    requirement: 'backup.takeover.announce.v6',
    profiles: VERSION_3,
    needs: [],
    announced: (view) =>
      view.virtualRouter.family === 'ipv6' ? judgeMissing(view, 'unsolicited Neighbor Advertisement') : undefined,
    announcement: judgeNeighborAdvertisement,
  },
];

function judgeMissing({ tenure, router, missing, resumed, endedAtOnce }: AnnouncedView, kind: string): Judgement {
  if (router.addresses.length === 0 || tenure.begin === 'since-before') return undefined;
  if (missing.length === 0) return 'kept';
  if (resumed) {
    return {
      what: 'resumed',
      verdict: 'inconclusive',
      message: `${router.name} advertised again after a silence and sent no ${kind} for ${list(missing)}: a new Active router must, one that was Active all along behind a cut link need not`,
      expected: `a ${kind} for every virtual address`,
      seen: `none for ${list(missing)}`,
      advice: 'hosts and switches that learned the other router meanwhile are not told: compare the state in its log',
    };
  }
  if (endedAtOnce) {
    return {
      what: 'ended',
      verdict: 'inconclusive',
      message: `${router.name} became Active, sent no ${kind} for ${list(missing)} and was not seen again: it may have had no time for it`,
      expected: `a ${kind} for every virtual address`,
      seen: `none for ${list(missing)}`,
    };
  }
  return {
    what: 'missing',
    fromSilence: true,
    message: `${router.name} became Active and sent no ${kind} for ${list(missing)} within ${duration(1e9)}: hosts and switches go on using the former Active router`,
    expected: `a ${kind} for every virtual address`,
    seen: `none for ${list(missing)}`,
    advice: 'look for a policer on the switch port, or a router that announces only some of its addresses',
  };
}

function judgeGratuitousArp(view: AnnouncementView): Judgement {
  if (view.kind !== 'arp') return undefined;
  const { router, address, virtualMac, senderHardware, ethernetSource, ethernetDestination } = view;
  if (senderHardware !== virtualMac) {
    return {
      what: 'sender',
      message: `${router.name} announces ${address} at ${senderHardware} instead of the virtual MAC ${virtualMac}: hosts must learn a new MAC address at every failover`,
      expected: virtualMac,
      seen: senderHardware ?? 'none',
      advice: 'use virtual MACs (keepalived: use_vmac)',
    };
  }
  if (ethernetSource !== undefined && ethernetSource !== virtualMac) {
    return {
      what: 'source',
      message: `${router.name} announces ${address} in a frame from ${ethernetSource} instead of the virtual MAC ${virtualMac}: switches do not learn where the virtual MAC is`,
      expected: virtualMac,
      seen: ethernetSource,
    };
  }
  if (ethernetDestination !== undefined && ethernetDestination !== BROADCAST) {
    return {
      what: 'destination',
      message: `${router.name} sends its gratuitous ARP for ${address} to ${ethernetDestination} instead of broadcast`,
      expected: BROADCAST,
      seen: ethernetDestination,
    };
  }
  return 'kept';
}

/** Erratum 7949 wants the virtual MAC in the target hardware address as well; hosts do not look at it. */
function judgeTargetHardware({
  kind,
  router,
  virtualMac,
  senderHardware,
  targetHardware,
}: AnnouncementView): Judgement {
  if (kind !== 'arp' || senderHardware !== virtualMac || targetHardware === virtualMac) return undefined;
  return {
    what: 'target-hardware',
    level: 'information',
    breaks: ['rfc9568'],
    message: `${router.name} sends gratuitous ARP with target hardware address ${targetHardware}; RFC 9568 with erratum 7949 asks for the virtual MAC ${virtualMac}. Hosts ignore the field`,
    expected: virtualMac,
    seen: targetHardware ?? 'none',
  };
}

function judgeNeighborAdvertisement(view: AnnouncementView): Judgement {
  const { kind, router, address, virtualMac, senderHardware, ethernetSource, flags, destination } = view;
  if (kind !== 'neighbor-advertisement' || flags === undefined) return undefined;
  const wrong: string[] = [];
  if (senderHardware !== virtualMac) {
    wrong.push(
      `its target link-layer address is ${senderHardware ?? 'missing'} instead of the virtual MAC ${virtualMac}`,
    );
  }
  if (ethernetSource !== undefined && ethernetSource !== virtualMac) wrong.push(`it comes from ${ethernetSource}`);
  if (!flags.router) wrong.push('the Router flag is off');
  if (flags.solicited) wrong.push('the Solicited flag is on');
  if (!flags.override) wrong.push('the Override flag is off: hosts keep what they know');
  if (destination !== ALL_NODES) wrong.push(`it goes to ${destination} instead of ff02::1`);
  if (wrong.length === 0) return 'kept';
  return {
    what: wrong.map((part) => part.slice(0, 20)).join('|'),
    message: `${router.name}'s unsolicited Neighbor Advertisement for ${address} is not as it must be: ${wrong.join('; ')}`,
    expected: `to ff02::1, R=1 S=0 O=1, target link-layer address ${virtualMac}`,
    seen: wrong.join('; '),
  };
}
