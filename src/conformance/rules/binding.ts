import type { BindingView, Judgement, Rule, StrayView } from './rule.ts';
import { EVERY_VERSION, VERSION_3 } from './rule.ts';
import { nameOf } from './words.ts';

/** Who says that a virtual address is where. */
export const BINDING_RULES: readonly Rule[] = [
  {
    requirement: 'active.arp-not-physical',
    profiles: EVERY_VERSION,
    needs: [],
    binding: (view) => (view.kind === 'arp-request' || view.kind === 'arp-reply' ? judgePhysical(view) : undefined),
  },
  {
    requirement: 'active.ns-not-physical',
    profiles: VERSION_3,
    needs: [],
    binding: (view) => (view.kind === 'neighbor-advertisement' ? judgePhysical(view) : undefined),
  },
  {
    requirement: 'nd.ns-option',
    profiles: VERSION_3,
    needs: [],
    binding: (view) => (view.kind === 'neighbor-solicitation' ? judgePhysical(view) : undefined),
  },
  { requirement: 'down.no-garp-reply', profiles: EVERY_VERSION, needs: [], binding: judgeReplyToItself },
  {
    requirement: 'backup.no-arp',
    profiles: EVERY_VERSION,
    needs: ['ports'],
    binding: judgeArpOfBackup,
    lateName: judgeArpOfBackup,
  },
  {
    requirement: 'backup.no-ns',
    profiles: VERSION_3,
    needs: ['ports'],
    binding: judgeAdvertisementOfBackup,
    lateName: judgeAdvertisementOfBackup,
  },
  { requirement: 'down.no-residue', profiles: EVERY_VERSION, needs: ['ports', 'events'], binding: judgeResidue },
  { requirement: 'down.no-residue', profiles: EVERY_VERSION, needs: [], binding: judgeSecondAnswer },
  {
    requirement: 'boot.delay',
    profiles: EVERY_VERSION,
    needs: ['ports', 'events'],
    // Whether an announcement is that of a takeover, which has rules of its own, is known only later.
    binding: (view) => (view.announces && view.advertisedSinceStart === false ? undefined : judgeBoot(view)),
    premature: judgeBoot,
  },
  {
    requirement: 'boot.not-physical',
    profiles: EVERY_VERSION,
    needs: ['ports', 'events', 'intent'],
    binding: judgeOwnersBoot,
  },
  { requirement: 'backup.no-vmac-source', profiles: EVERY_VERSION, needs: ['ports'], stray: judgeStray },
];

const KIND_IN_WORDS: Readonly<Record<BindingView['kind'], string>> = {
  'arp-request': 'an ARP request',
  'arp-reply': 'an ARP reply',
  'neighbor-advertisement': 'a Neighbor Advertisement',
  'neighbor-solicitation': 'a Neighbor Solicitation',
};

/** An owner has its addresses before its virtual MAC is in place. */
function isOwnersBoot({ isOwner, advertisedSinceStart, isAnswer, role }: BindingView): boolean {
  return isOwner === true && advertisedSinceStart === false && !isAnswer && role !== 'down';
}

function judgeOwnersBoot(view: BindingView): Judgement {
  if (!isOwnersBoot(view)) return undefined;
  const { kind, node, address, virtualMac, boundMac, virtualRouter } = view;
  if (boundMac === virtualMac) return 'kept';
  return {
    message: `${node}, which owns ${address} of ${nameOf(virtualRouter)}, sent ${KIND_IN_WORDS[kind]} with its physical MAC ${boundMac} for it while it started: hosts learn an address that no Backup can take over`,
    expected: virtualMac,
    seen: boundMac,
    advice: 'configure the virtual MAC before the address, or switch announcements off at start-up',
  };
}

function judgePhysical(view: BindingView): Judgement {
  const { kind, address, virtualMac, boundMac, virtualRouter } = view;
  if (boundMac === virtualMac) return 'kept';
  if (isOwnersBoot(view)) return undefined;
  return {
    what: boundMac,
    message: `${KIND_IN_WORDS[kind]} says that the virtual address ${address} of ${nameOf(virtualRouter)} is at ${boundMac} instead of the virtual MAC ${virtualMac}: hosts that hear it lose the address at the next failover`,
    expected: virtualMac,
    seen: boundMac,
    advice:
      'keep the virtual address off the physical interface, give it a host mask (/32, /128) on the macvlan, and set arp_ignore=1 on the parent',
  };
}

/** A dead router's kernel still has the address: it answers its successor's gratuitous ARP, from and to the same MAC. */
function judgeReplyToItself(view: BindingView): Judgement {
  const { kind, virtualMac, ethernetSource, ethernetDestination, boundMac, address, node } = view;
  if (kind !== 'arp-reply' || boundMac !== virtualMac || ethernetSource === undefined) return undefined;
  if (ethernetSource !== virtualMac || ethernetDestination !== virtualMac) return undefined;
  return {
    message: `${node ?? 'a router that is not Active'} answered a gratuitous ARP for ${address} from the virtual MAC to the virtual MAC: its kernel still holds the address, and the switch learns the virtual MAC at its port`,
    expected: 'silence',
    seen: `an ARP reply from ${ethernetSource} to ${ethernetDestination}`,
    advice: 'a router that died left its macvlan and addresses behind: remove them, or let the service manager do it',
  };
}

/** One question, two answers from one MAC address: two machines hold the address, and one of them is not Active. */
function judgeSecondAnswer({ kind, address, answersBefore, virtualMac }: BindingView): Judgement {
  if (kind !== 'arp-reply' && kind !== 'neighbor-advertisement') return undefined;
  if (answersBefore === 0) return 'kept';
  return {
    message: `one question for ${address} was answered more than once from the virtual MAC ${virtualMac}: beside the Active router another machine holds the address, as a router does that died and left its macvlan behind`,
    expected: 'one answer, of the Active router',
    seen: `${answersBefore + 1} answers`,
    advice:
      'look for the macvlan on the router that stopped or died (ip -d link), and let the service manager remove it',
  };
}

function judgeArpOfBackup(view: BindingView): Judgement {
  return view.kind === 'arp-reply' ? judgeBackupAnswer(view, 'ARP') : undefined;
}

function judgeAdvertisementOfBackup(view: BindingView): Judgement {
  return view.kind === 'neighbor-advertisement' ? judgeBackupAnswer(view, 'a Neighbor Solicitation') : undefined;
}

function judgeBackupAnswer(view: BindingView, question: string): Judgement {
  if (!view.isAnswer || view.sender === undefined) return undefined;
  if (view.role === 'active') return 'kept';
  if (view.role !== 'backup') return undefined;
  return {
    message: `${view.sender} answered ${question} for the virtual address ${view.address} of ${nameOf(view.virtualRouter)} while it was not Active`,
    expected: 'silence',
    seen: `${view.address} is at ${view.boundMac}`,
    advice: 'the address must be on the router only while it is Active; look at arp_ignore of the physical interface',
  };
}

function judgeResidue(view: BindingView): Judgement {
  if (view.node === undefined || view.role === 'no-router') return undefined;
  if (view.role !== 'down') return 'kept';
  return {
    message: `${view.node} is down, yet ${KIND_IN_WORDS[view.kind]} for the virtual address ${view.address} of ${nameOf(view.virtualRouter)} left its port: its kernel still holds the address, and two machines answer for it`,
    expected: 'silence',
    seen: `${view.address} is at ${view.boundMac}`,
    advice: 'a router that died left its macvlan and addresses behind: remove them when it ends, however it ends',
  };
}

function judgeBoot(view: BindingView): Judgement {
  if (view.node === undefined || view.advertisedSinceStart === undefined) return undefined;
  if (view.role === 'down' || view.role === 'no-router') return undefined;
  if (view.advertisedSinceStart || view.isAnswer) return 'kept';
  return {
    message: `${view.node} sent ${KIND_IN_WORDS[view.kind]} for the virtual address ${view.address} before its first advertisement since it was started`,
    expected: 'no ARP or neighbor discovery for a virtual address before the router is Active',
    seen: KIND_IN_WORDS[view.kind],
  };
}

function judgeStray({ router, role, wasStarted, what, virtualRouter }: StrayView): Judgement {
  const down = wasStarted ? 'while it was down' : 'before it was started';
  const when = role === 'down' || !wasStarted ? down : 'while it was not Active';
  return {
    what: `${what} ${when}`,
    message: `${router} sent ${what} from the virtual MAC of ${nameOf(virtualRouter)} ${when}: switches learn the virtual MAC at its port and send traffic there`,
    expected: 'no frame from the virtual MAC but the Active router’s',
    seen: what,
    advice: 'keep the macvlan down while Backup, or filter what leaves it (keepalived does it with nftables)',
  };
}
