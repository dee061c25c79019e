import { isIPv6 } from 'node:net';
import type { Intent, VirtualRouterIntent } from '../../capture/intent.ts';
import { formatMac, virtualMac } from '../../wire/mac.ts';
import { CHECKSUM_MESSAGE_ALONE, CHECKSUM_WITH_PSEUDO_HEADER } from '../../wire/vrrp.ts';
import type { Message } from '../observer/message.ts';
import type { RouterState, VirtualRouterState } from '../observer/state.ts';
import { items } from '../observer/timeline.ts';
import type { ConfigurationDeviation } from '../result.ts';
import { duration, list } from '../rules/words.ts';

const DEVIATIONS = 1000;
const OWNER_PRIORITY = 255;

type Difference = Pick<ConfigurationDeviation, 'setting' | 'configured' | 'seen'>;

/**
 * Where the wire differs from what was configured. A configuration is that of the router which has its source address;
 * where it names none, of the router whose priority it has, or the only one that is left.
 */
export function deviationsOf(
  { virtualRouters: intents }: Intent,
  virtualRouters: readonly VirtualRouterState[],
): readonly ConfigurationDeviation[] {
  const taken = new Map<RouterState, VirtualRouterIntent>();
  const missing: VirtualRouterIntent[] = [];
  // First those that are sure of their router, so that guesses have the rest.
  for (const sure of [true, false]) {
    for (const intent of sure ? intents : missing.splice(0)) {
      const router = routerOf(intent, virtualRouters, taken, sure);
      if (router === undefined) missing.push(intent);
      else taken.set(router, intent);
    }
  }
  const deviations = [
    ...[...taken].flatMap(([router, intent]) =>
      differences(router, intent).map((difference) => ({
        virtualRouter: router.virtualRouter.key,
        router: router.name,
        configuration: intent.router,
        ...difference,
      })),
    ),
    ...missing.map((intent) => unseen(intent, virtualRouters)),
    ...virtualRouters.flatMap(({ routers, key }) =>
      routers
        .filter((router) => !taken.has(router))
        .map((router) => ({
          virtualRouter: key,
          router: router.name,
          setting: 'presence' as const,
          configured: 'no router in any of the configurations',
          seen: `advertises priority ${list(router.priorities.map(String))}`,
        })),
    ),
  ];
  return deviations.slice(0, DEVIATIONS);
}

function routerOf(
  intent: VirtualRouterIntent,
  virtualRouters: readonly VirtualRouterState[],
  taken: ReadonlyMap<RouterState, VirtualRouterIntent>,
  sure: boolean,
): RouterState | undefined {
  const { virtualRouterId, family, primaryAddress, priority } = intent;
  const routers = virtualRouters
    .filter((one) => one.virtualRouterId === virtualRouterId && one.family === family)
    .flatMap((one) => one.routers)
    .filter((router) => !taken.has(router));
  if (primaryAddress !== undefined) return routers.find(({ sourceAddress }) => sourceAddress === primaryAddress);
  if (!sure) return routers.length === 1 ? routers[0] : undefined;
  const same = routers.filter(({ priorities }) => priority !== undefined && priorities.includes(priority));
  return same.length === 1 ? same[0] : undefined;
}

/** A Backup that never was Active is silent: that its configuration is not seen need not mean anything. */
function unseen(intent: VirtualRouterIntent, virtualRouters: readonly VirtualRouterState[]): ConfigurationDeviation {
  const { virtualRouterId, family, router } = intent;
  const known = virtualRouters.find((one) => one.virtualRouterId === virtualRouterId && one.family === family);
  return {
    virtualRouter: { virtualRouterId, family, ...(known === undefined ? {} : { lan: known.key.lan }) },
    configuration: router,
    setting: 'presence',
    configured: `priority ${intent.priority ?? 'not said'}`,
    seen: known === undefined ? 'no advertisement of this VRID' : 'no advertisement: it was Backup, or is not there',
  };
}

function differences(router: RouterState, intent: VirtualRouterIntent): Difference[] {
  const { newest } = router;
  return [
    ...differing('priority', intent.priority, router.priorities, String),
    ...differing('version', intent.version, [router.version], (version) => `VRRPv${version}`),
    ...differing('interval', intent.advertisementIntervalNs, [router.intervalNs], duration),
    ...addressDifference(router, intent),
    ...(newest === undefined ? [] : wireDifferences(newest, router, intent)),
    ...preemptionDifference(router, intent),
  ];
}

function differing<T>(
  setting: Difference['setting'],
  configured: T | undefined,
  seen: readonly T[],
  words: (value: T) => string,
): Difference[] {
  if (configured === undefined || seen.length === 0 || seen.every((value) => value === configured)) return [];
  return [{ setting, configured: words(configured), seen: seen.map(words).join(', ') }];
}

function addressDifference({ addresses }: RouterState, intent: VirtualRouterIntent): Difference[] {
  // What is written differently is the same address: both sides come from parsers, IPv6 text may not.
  const canonical = (list: readonly string[]) => list.map(normalized);
  const [wanted, seen] = [canonical(intent.addresses), canonical(addresses)];
  if (wanted.length === seen.length && wanted.every((address, index) => address === seen[index])) return [];
  const sameSet = wanted.length === seen.length && wanted.every((address) => seen.includes(address));
  return [
    {
      setting: 'addresses',
      configured: list(intent.addresses),
      seen: `${list(addresses)}${sameSet ? ' (another order)' : ''}`,
    },
  ];
}

/** IPv6 addresses have many spellings: the one of URLs is canonical. */
function normalized(address: string): string {
  return isIPv6(address) && !address.includes('%') ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
}

function wireDifferences(newest: Message, router: RouterState, intent: VirtualRouterIntent): Difference[] {
  const found: Difference[] = [];
  const { family, virtualRouterId } = router.virtualRouter;
  const usesVirtual = newest.sourceMac === formatMac(virtualMac(family, virtualRouterId));
  const wantsVirtual = intent.virtualMac === true && intent.transmitOnBase !== true;
  if (intent.virtualMac !== undefined && newest.sourceMac !== undefined && usesVirtual !== wantsVirtual) {
    const configured = wantsVirtual ? 'from the virtual MAC' : 'from the physical address';
    found.push({ setting: 'virtual-mac', configured, seen: `advertisements from ${newest.sourceMac}` });
  }
  const convention = CONVENTIONS[newest.checksumConvention];
  if (
    intent.version === 3 &&
    intent.family === 'ipv4' &&
    convention !== undefined &&
    intent.ipv4Checksum !== undefined
  ) {
    if (convention !== intent.ipv4Checksum) {
      found.push({ setting: 'checksum', configured: intent.ipv4Checksum, seen: convention });
    }
  }
  return found;
}

const CONVENTIONS: Readonly<Record<number, VirtualRouterIntent['ipv4Checksum']>> = {
  [CHECKSUM_MESSAGE_ALONE]: 'message-alone',
  [CHECKSUM_WITH_PSEUDO_HEADER]: 'with-pseudo-header',
};

function preemptionDifference(
  { name, virtualRouter }: RouterState,
  { preempt, priority }: VirtualRouterIntent,
): Difference[] {
  if (preempt !== false || priority === OWNER_PRIORITY) return [];
  const preempted = items(virtualRouter.timeline).filter(
    ({ router, begin }) => router === name && begin === 'preemption',
  );
  if (preempted.length === 0) return [];
  return [{ setting: 'preemption', configured: 'off (nopreempt)', seen: `it preempted ${preempted.length} times` }];
}
