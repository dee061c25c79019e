import type { Nanoseconds } from '../../capture/time.ts';
import { formatMac, parseMac, virtualMac } from '../../wire/mac.ts';
import { spansOf } from '../causes/hosts.ts';
import { flappingOf, regularityOf, vacanciesOf } from '../causes/story.ts';
import type { AddressHistory, Finding, RouterHistory, Tenure, VirtualRouterHistory } from '../result.ts';
import type { ActiveRouter, RouterActivity } from './api.ts';
import type { Context } from './context.ts';
import { describeTenure } from './description.ts';
import { familyOfNeighbourKey, macOfNeighbourKey, neighbourKey } from './neighbours.ts';
import { hasGivenWay } from './overlap.ts';
import type { OpenTenure, RouterState, VirtualRouterState } from './state.ts';
import { NEVER, newestOf } from './state.ts';
import { items } from './timeline.ts';

/** Who is Active at `nowNs`. */
export function activeRouters(
  context: Context,
  virtualRouter: VirtualRouterState | undefined,
  nowNs: Nanoseconds,
): readonly ActiveRouter[] {
  if (virtualRouter === undefined) return [];
  return virtualRouter.open
    .filter((tenure) => !isSilent(context, tenure, nowNs) && !hasGivenWay(context, tenure))
    .map((tenure) => ({
      router: tenure.router.name,
      priority: tenure.priority,
      version: tenure.version,
      sinceNs: tenure.firstNs,
      lastNs: tenure.lastNs,
      advertisedIntervalNs: tenure.intervalNs,
    }))
    .sort((a, b) => b.priority - a.priority);
}

/** What the capture lost is not the router's silence. */
function isSilent({ losses }: Context, { lastNs, silentAfterNs, intervalNs }: OpenTenure, nowNs: Nanoseconds): boolean {
  const silentNs = nowNs - lastNs;
  return silentNs > silentAfterNs && silentNs - losses.lostNs(lastNs, nowNs, intervalNs) > silentAfterNs;
}

export function activityOf(virtualRouter: VirtualRouterState | undefined, name: string): RouterActivity | undefined {
  const router = virtualRouter?.routers.find((one) => one.name === name);
  if (router === undefined) return undefined;
  return {
    router: router.name,
    advertisements: router.advertisements,
    lastNs: newestOf(router),
    lastPriority: router.lastZeroNs > router.lastNs ? 0 : router.lastPriority,
    priorityZeroCount: router.zeroCount,
    ...(router.lastZeroNs === NEVER ? {} : { lastPriorityZeroNs: router.lastZeroNs }),
    advertisedIntervalNs: router.intervalNs,
    announcements: router.announcements,
    ...(router.lastAnnouncementNs === NEVER ? {} : { lastAnnouncementNs: router.lastAnnouncementNs }),
  };
}

export function tenuresOf(context: Context, virtualRouter: VirtualRouterState | undefined): readonly Tenure[] {
  if (virtualRouter === undefined) return [];
  const open = virtualRouter.open.map((tenure) => describeTenure(context, tenure));
  return [...items(virtualRouter.timeline), ...open].sort((a, b) => a.firstNs - b.firstNs);
}

/** A virtual router in the form that others see, when all is over. */
export function historyOf(virtualRouter: VirtualRouterState): VirtualRouterHistory {
  const { key, versions, addresses, routers, timeline } = virtualRouter;
  const tenures = items(timeline).toSorted((a, b) => a.firstNs - b.firstNs);
  return {
    ...key,
    versions,
    addresses,
    routers: routers.map(routerHistoryOf),
    timeline: tenures,
    omittedTenures: timeline.omitted,
    vacancies: vacanciesOf(tenures),
    overlaps: items(virtualRouter.overlaps),
    flapping: flappingOf(tenures),
    hosts: addresses.flatMap((address) => addressHistoryOf(virtualRouter, address)),
    macPlaces: items(virtualRouter.hosts.places).map(({ firstFrame: _, ...place }) => place),
  };
}

function addressHistoryOf(virtualRouter: VirtualRouterState, address: string): AddressHistory[] {
  const spans = spansOf(virtualRouter.hosts, address);
  if (spans.length === 0) return [];
  const right = formatMac(virtualMac(virtualRouter.family, virtualRouter.virtualRouterId));
  const described = spans.map(({ mac, firstNs, lastNs, frames, answers }) => {
    const router = mac === right ? undefined : routerOfMac(virtualRouter, mac);
    return {
      mac,
      isVirtualMac: mac === right,
      ...(router === undefined ? {} : { router }),
      firstNs,
      lastNs,
      frames,
      answers,
    };
  });
  return [{ address, spans: described }];
}

/** Whose physical MAC address it is: a router's name, or a neighbour's address. */
function routerOfMac({ lan, family, routers }: VirtualRouterState, text: string): string | undefined {
  const mac = parseMac(text);
  const address = mac === undefined ? undefined : lan.neighbours.get(neighbourKey(mac, 0, family));
  return routers.find(({ sourceAddress }) => sourceAddress === address)?.name ?? address;
}

function routerHistoryOf(router: RouterState): RouterHistory {
  const physicalMac = physicalMacOf(router);
  const regularity = regularityOf(router.recorder, router.intervalNs);
  return {
    name: router.name,
    sourceAddress: router.sourceAddress,
    ...(physicalMac === undefined ? {} : { physicalMac }),
    priorities: router.priorities,
    advertisements: router.advertisements,
    ...(regularity === undefined ? {} : { regularity }),
  };
}

function physicalMacOf({ virtualRouter, sourceAddress }: RouterState): string | undefined {
  for (const [key, address] of virtualRouter.lan.neighbours) {
    if (address !== sourceAddress || familyOfNeighbourKey(key) !== virtualRouter.family) continue;
    return formatMac(macOfNeighbourKey(key));
  }
  return undefined;
}

/** A finding about a MAC address becomes one about the router, now that it is known whose it is. */
export function withRouterName(virtualRouters: readonly VirtualRouterState[], finding: Finding): Finding {
  const mac = parseMac(finding.router);
  const virtualRouter = virtualRouters.find(({ key }) => key === finding.virtualRouter);
  if (mac === undefined || virtualRouter === undefined) return finding;
  const address = virtualRouter.lan.neighbours.get(neighbourKey(mac, 0, virtualRouter.family));
  const router = virtualRouter.routers.find(({ sourceAddress }) => sourceAddress === address);
  const name = router?.name ?? address;
  return name === undefined ? finding : { ...finding, router: name };
}
