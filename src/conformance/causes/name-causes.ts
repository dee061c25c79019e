import { formatMac, virtualMac } from '../../wire/mac.ts';
import type { Context } from '../observer/context.ts';
import { FRAMES_PER_FINDING } from '../observer/findings.ts';
import type { RouterState, VirtualRouterState } from '../observer/state.ts';
import { items } from '../observer/timeline.ts';
import type { Cause, CauseId, Certainty, Finding, VirtualRouterHistory } from '../result.ts';
import { duration, list, nameOf, plural } from '../rules/words.ts';
import { causesAfterTakeover } from './after-takeover.ts';
import { burstCauses } from './bursts.ts';
import { policedCauses } from './policed.ts';

const CAUSES = 200;
const UNBELIEVED = 3;
const MISSING = 3;
const RFC_HOP_LIMIT = 255;
/** A router that is back so soon after another took over was never gone. */
const BACK_WITHIN_INTERVALS = 1.5;

/** What causes are named from: the virtual routers, their histories in the same order, and the findings. */
export interface Material {
  readonly context: Context;
  readonly virtualRouters: readonly VirtualRouterState[];
  readonly histories: readonly VirtualRouterHistory[];
  readonly findings: readonly Finding[];
}

const SURENESS: Readonly<Record<Certainty, number>> = { shown: 0, likely: 1, possible: 2 };

/** The causes of trouble that the frames show or suggest, surest first. */
export function nameCauses(material: Material): readonly Cause[] {
  const policed = policedCauses(material.histories, material.findings);
  const findings = material.findings.filter((finding) => !policed.explained.has(finding));
  const causes = [
    ...material.virtualRouters.flatMap((virtualRouter, index) =>
      causesOf(virtualRouter, material.histories[index]!, findings),
    ),
    ...policed.causes,
    ...vlanCauses(material.virtualRouters),
    ...captureCauses(material.context),
    ...causesAfterTakeover(material.context),
  ];
  return causes.toSorted((a, b) => SURENESS[a.certainty] - SURENESS[b.certainty]).slice(0, CAUSES);
}

function causesOf(
  virtualRouter: VirtualRouterState,
  history: VirtualRouterHistory,
  findings: readonly Finding[],
): Cause[] {
  const own = findings.filter((finding) => finding.virtualRouter === virtualRouter.key);
  return [
    ...overlapCauses(history),
    ...takeoverCauses(virtualRouter, history),
    ...flappingCauses(virtualRouter, history),
    ...virtualRouter.routers.flatMap((router) => discardedCauses(router, history)),
    ...virtualRouter.routers.flatMap(lossCauses),
    ...virtualRouter.routers.flatMap(burstCauses),
    ...resumedCauses(history, own),
    ...answerCauses(virtualRouter),
    ...findingCauses(history, own),
  ];
}

/** Each reason once, however often two were Active. */
function overlapCauses(history: VirtualRouterHistory): Cause[] {
  const seen = new Set<string>();
  return history.overlaps.flatMap(({ reasons, winner, loser, frames }) =>
    reasons.flatMap(({ id, certainty, text, settle }) => {
      const key = `${id} ${winner} ${loser}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [{ id, certainty, virtualRouter: keyOf(history), text: `two Active routers: ${text}`, settle, frames }];
    }),
  );
}

function keyOf({ lan, virtualRouterId, family }: VirtualRouterHistory): Cause['virtualRouter'] & object {
  return { lan, virtualRouterId, family };
}

/** Somebody took over after a silence, and the silent one goes on as if nothing had been. */
function takeoverCauses(virtualRouter: VirtualRouterState, history: VirtualRouterHistory): Cause[] {
  const { timeline } = history;
  const cases = timeline.filter((tenure, index) => {
    const former = timeline[index - 1];
    const next = timeline[index + 1];
    if (tenure.begin !== 'takeover' || former?.end !== 'silence' || next?.router !== former.router) return false;
    const soon = next.firstNs - tenure.firstNs <= BACK_WITHIN_INTERVALS * former.advertisedIntervalNs;
    return soon && next.begin === 'preemption';
  });
  if (cases.length === 0) return [];
  const [first] = cases;
  return [
    {
      id: 'took-over-from-the-living',
      // Once, it may have been restarted at that very moment.
      certainty: cases.length === 1 ? 'possible' : 'likely',
      virtualRouter: keyOf(history),
      text: `${first!.router} took over ${plural(cases.length, 'time')} from a router that was silent for ${duration(first!.takeover?.elapsedNs ?? 0)} and advertised again at once: it was back just then (started again, or its link), or alive while its advertisements were lost or not sent`,
      settle: `a capture at the sender's port of ${nameOf(virtualRouter)}: are they missing there too, then its host did not run it (CPU, a paused virtual machine, a burst of announcements); else the network lost them`,
      frames: [],
    },
  ];
}

function flappingCauses(virtualRouter: VirtualRouterState, history: VirtualRouterHistory): Cause[] {
  return history.flapping.map(({ fromNs, toNs, changes }) => ({
    id: 'flapping',
    certainty: 'shown',
    virtualRouter: keyOf(history),
    text: `${nameOf(virtualRouter)} flaps: ${changes} changes of the Active router in ${duration(toNs - fromNs)}`,
    settle:
      'what the two routers say of each other at these times, the load of their hosts, and whether advertisements are missing; an interval that is too short for the host flaps so',
    frames: [],
  }));
}

/** Advertisements that every receiver drops: their sender believes that it is Active, and others do not know of it. */
function discardedCauses(router: RouterState, history: VirtualRouterHistory): Cause[] {
  const { unbelieved, newest, virtualRouter } = router;
  if (unbelieved.count < UNBELIEVED || newest === undefined) return [];
  const others = history.timeline.filter((tenure) => tenure.router !== router.name);
  const beside = others.length === 0 ? '' : `; ${others[0]!.router} is Active beside it`;
  return [
    {
      id: newest.hopLimit !== RFC_HOP_LIMIT && !newest.unicast ? 'ttl-changed' : 'discarded-advertisements',
      certainty: 'shown',
      virtualRouter: keyOf(history),
      text: `${plural(unbelieved.count, 'advertisement')} of ${router.name} for ${nameOf(virtualRouter)} must be discarded by every router (§7.1)${beside}`,
      settle: 'the finding about these frames says what is wrong with them; whoever follows them anyway breaks rx.*',
      frames: unbelieved.frames,
    },
  ];
}

function lossCauses({ recorder, announcements, virtualRouter, name }: RouterState): Cause[] {
  if (recorder.missing < MISSING) return [];
  return [
    {
      id: 'lost-advertisements',
      certainty: 'shown',
      virtualRouter: virtualRouter.key,
      text: `${plural(recorder.missing, 'advertisement')} of ${name} for ${nameOf(virtualRouter)} ${recorder.missing === 1 ? 'is' : 'are'} missing in ${plural(recorder.longGaps, 'gap')}: lost on the way here, or never sent`,
      settle: `a capture at its own port tells which${announcements > 100 ? '; it sends many announcements, which may delay its advertisements' : ''}`,
      frames: [],
    },
  ];
}

/** What hosts were told: two answers at once, or a physical MAC address. */
function answerCauses(virtualRouter: VirtualRouterState): Cause[] {
  const { hosts, key, family, virtualRouterId } = virtualRouter;
  const right = formatMac(virtualMac(family, virtualRouterId));
  const contested = [...hosts.contests.values()].filter(({ count }) => count > 0);
  const causes: Cause[] = contested.slice(0, 5).map(({ address, macs, count, frames }) => ({
    id: 'two-answers',
    certainty: 'shown',
    virtualRouter: key,
    text: `hosts that ask for ${address} are answered ${plural(count, 'time')} by ${inWords([...macs].sort())} at once: which they keep is chance`,
    settle:
      'arp_ignore and proxy_arp on each router (sysctl net.ipv4.conf.all.arp_ignore), and who still has the address (ip addr)',
    frames,
  }));
  const physical = [...hosts.addresses].filter(([, spans]) =>
    [...spans.oldest, ...spans.newest].some(({ mac, frames }) => mac !== right && frames > 0),
  );
  if (physical.length > 0 && usesVirtualMac(virtualRouter)) {
    const wrong = physical.flatMap(([, { oldest, newest }]) =>
      [...oldest, ...newest].filter(({ mac }) => mac !== right),
    );
    const macs = [...new Set(wrong.map(({ mac }) => mac))];
    causes.push({
      id: 'physical-address-bound',
      certainty: 'shown',
      virtualRouter: key,
      text: `hosts were told that ${list(physical.map(([address]) => address))} ${physical.length === 1 ? 'is' : 'are'} at the physical ${macs.length === 1 ? 'address' : 'addresses'} ${list(macs, 3)}: whoever believed it loses the virtual router when that one fails`,
      settle: 'the neighbour table of a host that lost the address (ip neigh): does it name this MAC address?',
      frames: [wrong[0]!.firstFrame],
    });
  }
  return causes;
}

/** `one, two and three`. */
function inWords(macs: readonly string[]): string {
  return `${macs.slice(0, -1).join(', ')} and ${macs.at(-1)}`;
}

/** Where nothing comes from the virtual MAC, all bindings are physical: that is a finding, and no cause of its own. */
function usesVirtualMac({ routers, family, virtualRouterId, hosts }: VirtualRouterState): boolean {
  const right = formatMac(virtualMac(family, virtualRouterId));
  if (routers.some(({ newest }) => newest?.sourceMac === right)) return true;
  return [...hosts.addresses.values()].some((spans) => items(spans).some(({ mac }) => mac === right));
}

/** Findings whose cause has a name of its own. */
const NAMED_FINDINGS: readonly {
  readonly requirements: readonly string[];
  readonly id: CauseId;
  readonly text: string;
  readonly settle: string;
}[] = [
  {
    requirements: ['backup.no-vmac-source', 'down.no-garp-reply'],
    id: 'switch-learns-wrong-port',
    text: 'a router that is not Active sends from the virtual MAC: the switch moves the address to its port, and hosts talk to a router that drops them',
    settle:
      "the switch's table at such a moment (bridge fdb show, show mac address-table): the port must be the Active router's",
  },
  {
    requirements: ['active.arp', 'active.ns'],
    id: 'dead-address',
    text: 'the Active router answers nobody for a virtual address: it advertises, and hosts cannot reach it',
    settle:
      'on the router: is the address there, and is it in state dadfailed (ip addr), is a filter in the way (nft list ruleset)?',
  },
  {
    requirements: ['backup.takeover.announce.v4', 'backup.takeover.announce.v6'],
    id: 'announcements-missing',
    text: 'a new Active router did not announce every address: hosts and switches go on with what they knew',
    settle: 'a capture at its own port: were they sent, then a policer or a broadcast limit ate them',
  },
];

function findingCauses(history: VirtualRouterHistory, findings: readonly Finding[]): Cause[] {
  return NAMED_FINDINGS.flatMap(({ requirements, id, text, settle }) => {
    const broken = findings.filter(
      ({ requirement, verdict, seen }) =>
        requirements.includes(requirement) &&
        (verdict === 'fail' || verdict === 'warning') &&
        (id !== 'announcements-missing' || seen?.startsWith('none') === true),
    );
    if (broken.length === 0) return [];
    const times = broken.reduce((sum, { count }) => sum + count, 0);
    const often = times === 1 ? '' : ` (${times} times)`;
    const frames = broken
      .flatMap((finding) => finding.frames)
      .sort((a, b) => a.timeNs - b.timeNs)
      .slice(0, FRAMES_PER_FINDING);
    return [
      { id, certainty: 'shown' as const, virtualRouter: keyOf(history), text: `${text}${often}`, settle, frames },
    ];
  });
}

/** A router was silent, another one took over, and it went on as if it had been Active all along: without a start, without announcing. */
function resumedCauses(history: VirtualRouterHistory, findings: readonly Finding[]): Cause[] {
  return findings
    .filter(
      ({ requirement, verdict, message }) =>
        requirement.startsWith('backup.takeover.announce') &&
        verdict === 'inconclusive' &&
        message.includes('advertised again after a silence'),
    )
    .map(({ router, count, frames }) => ({
      id: 'resumed-unchanged',
      certainty: 'possible',
      virtualRouter: keyOf(history),
      text: `${router} was silent until another router had taken over, and went on without an announcement${count === 1 ? '' : ` (${count} times)`}: a link that was cut and came back, or a router that was paused and continued (a virtual machine that was suspended or migrated) sends on as if it had been Active all along`,
      settle:
        'the counters of its link (ip -s link: carrier changes) and the events of its hypervisor; a paused machine sends nothing at all meanwhile, one behind a cut link goes on inside',
      frames: frames.slice(0, 5),
    }));
}

/** One VRID with the same addresses in two VLANs, a sender in each: a trunk that disagrees about tags. */
function vlanCauses(virtualRouters: readonly VirtualRouterState[]): Cause[] {
  const first = new Map<string, VirtualRouterState>();
  return virtualRouters.flatMap((virtualRouter): Cause[] => {
    const { lan, virtualRouterId, family, addresses, routers } = virtualRouter;
    if (addresses.length === 0) return [];
    const key = `${virtualRouterId} ${family} ${addresses.toSorted().join(' ')}`;
    const other = first.get(key);
    if (other === undefined) first.set(key, virtualRouter);
    if (other === undefined || other.lan === lan || !isTagged(lan.name, other.lan.name)) return [];
    const names = (one: VirtualRouterState) => one.routers.map(({ name }) => name);
    if (names(other).some((name) => names(virtualRouter).includes(name))) return [];
    return [
      {
        id: 'vlan-mismatch',
        certainty: 'likely',
        virtualRouter: virtualRouter.key,
        text: `the same virtual router is advertised by ${list(names(other))} on ${other.lan.name} and by ${list(routers.map(({ name }) => name))} on ${lan.name}: one side is tagged otherwise, and neither hears the other`,
        settle: 'the VLAN of both switch ports: tagged or not, and the native VLAN of the trunk between',
        frames: [],
      },
    ];
  });
}

function isTagged(one: string, other: string): boolean {
  return one.includes(' vlan ') || other.includes(' vlan ');
}

function captureCauses({ witness, vantage }: Context): Cause[] {
  const causes: Cause[] = [...witness.redirects].map(([source, { count, frames }]) => ({
    id: 'icmp-redirects',
    certainty: 'shown',
    text: `${source} sent ${plural(count, 'ICMP redirect')}: hosts that obey go around the virtual router, and lose their way when that router fails`,
    settle: 'turn them off on both routers (sysctl net.ipv4.conf.all.send_redirects=0 and of the interface)',
    frames,
  }));
  if (witness.fragments.count > 0) {
    causes.push({
      id: 'fragmented-advertisements',
      certainty: 'shown',
      text: `${plural(witness.fragments.count, 'fragment')} of advertisements: the address list is longer than the MTU, and they were not looked at`,
      settle: 'split the addresses over several VRIDs, or leave some out of the list (virtual_ipaddress_excluded)',
      frames: witness.fragments.frames,
    });
  }
  if (witness.echoes.count > 0 && !vantage.ports) {
    causes.push({
      id: 'frames-echoed',
      certainty: 'possible',
      text: `${plural(witness.echoes.count, 'advertisement')} came twice within 2 ms with the same octets: a loop or a reflecting switch, or a mirror port that copies both directions`,
      settle: 'how the capture was taken; then the address table of the switch: does an address change its port?',
      frames: witness.echoes.frames,
    });
  }
  return causes;
}
