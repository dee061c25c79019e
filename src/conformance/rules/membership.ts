import type { Membership } from '../observer/solicited-node.ts';
import { membershipIn } from '../observer/solicited-node.ts';
import { items } from '../observer/timeline.ts';
import type { FrameReference, Tenure } from '../result.ts';
import type { RouterDeviation, Rule, VirtualRouterView } from './rule.ts';
import { VERSION_3 } from './rule.ts';
import { list, nameOf } from './words.ts';

/** Whether the Active router hears what hosts ask for its addresses. */
export const MEMBERSHIP_RULES: readonly Rule[] = [
  {
    requirement: 'active.solicited-node',
    profiles: VERSION_3,
    needs: ['memberships'],
    virtualRouter: judgeMemberships,
  },
];

/** What one router showed of the groups of its addresses. */
interface Shown {
  readonly unknown: Set<string>;
  readonly left: Map<string, FrameReference>;
}

function judgeMemberships({ virtualRouter }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  if (virtualRouter.family !== 'ipv6') return undefined;
  const { lan, addresses, timeline } = virtualRouter;
  const shown = new Map<string, Shown>();
  let judged = false;
  for (const tenure of items(timeline)) {
    for (const address of addresses) {
      const membership = membershipIn(virtualRouter, tenure, address);
      if (membership.kind === 'unknown' && !isTelling(tenure, lan.memberships.seen)) continue;
      judged = true;
      note(shown, tenure.router, address, membership);
    }
  }
  if (!judged) return undefined;
  return [...shown].flatMap(([router, one]) => [...leftGroups(router, one), ...unknownGroups(router, one)]);

  function leftGroups(router: string, { left }: Shown): readonly RouterDeviation[] {
    if (left.size === 0) return [];
    const gone = list([...left.keys()]);
    return [
      {
        router,
        what: 'left',
        frames: [...left.values()],
        message: `${router} left the Solicited-Node group of ${gone} and went on as Active for ${nameOf(virtualRouter)}: behind a switch that snoops MLD no host finds the address any more`,
        expected: 'membership of the Solicited-Node group of every virtual address',
        seen: `an MLD report that leaves that of ${gone}`,
      },
    ];
  }

  function unknownGroups(router: string, { unknown }: Shown): readonly RouterDeviation[] {
    if (unknown.size === 0) return [];
    const open = list([...unknown]);
    return [
      {
        router,
        what: 'unknown',
        verdict: 'inconclusive',
        message: `${router} was Active for ${nameOf(virtualRouter)}, and nothing shows that it is a member of the Solicited-Node group of ${open}: no MLD report of it, no answer to a solicitation that went to the group`,
        expected: 'membership of the Solicited-Node group of every virtual address',
        seen: `neither report nor answer for ${open}`,
        advice: 'solicit the address from a host behind a switch that snoops MLD: an answer decides it',
      },
    ];
  }
}

/** A router that was Active before has reported before; and where no report is seen at all, none says nothing. */
function isTelling(tenure: Tenure, reportsAreSeen: boolean): boolean {
  return reportsAreSeen && tenure.begin !== 'since-before' && tenure.begin !== 'unknown';
}

function note(shown: Map<string, Shown>, router: string, address: string, membership: Membership): void {
  let one = shown.get(router);
  if (one === undefined) {
    one = { unknown: new Set(), left: new Map() };
    shown.set(router, one);
  }
  if (membership.kind === 'unknown') one.unknown.add(address);
  else if (membership.kind === 'left') one.left.set(address, membership.frame);
}
