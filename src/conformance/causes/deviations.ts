import { isIPv6 } from 'node:net';
import type { Intent, VirtualRouterIntent } from '../../capture/intent.ts';
import { formatMac, virtualMac } from '../../wire/mac.ts';
import { CHECKSUM_MESSAGE_ALONE, CHECKSUM_WITH_PSEUDO_HEADER } from '../../wire/vrrp.ts';
import type { Message } from '../observer/message.ts';
import type { RouterState, VirtualRouterState } from '../observer/state.ts';
import { items } from '../observer/timeline.ts';
import type { ConfigurationAgreement, ConfigurationDeviation } from '../result.ts';
import { duration, list, plural } from '../rules/words.ts';

const DEVIATIONS = 1000;
const OWNER_PRIORITY = 255;

/** One setting, as it was configured and as the wire has it. */
type Comparison = Pick<ConfigurationDeviation, 'setting' | 'configured' | 'seen'> & { readonly same: boolean };

/** Where the wire differs from what was configured, and what it bears out. */
interface Compared {
  readonly deviations: readonly ConfigurationDeviation[];
  readonly agreements: readonly ConfigurationAgreement[];
}

/**
 * Holds the wire beside what was configured. A configuration is that of the router which has its source address;
 * where it names none, of the router whose priority it has, or the only one that is left.
 */
export function compareWithConfiguration(
  { virtualRouters: intents }: Intent,
  virtualRouters: readonly VirtualRouterState[],
): Compared {
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
  const compared = [...taken].map(([router, intent]) => ({
    who: { virtualRouter: router.virtualRouter.key, router: router.name, configuration: intent.router },
    comparisons: comparisonsOf(router, intent),
  }));
  const deviations = [
    ...compared.flatMap(({ who, comparisons }) =>
      comparisons.flatMap(({ same, ...difference }) => (same ? [] : [{ ...who, ...difference }])),
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
  const agreements = compared.map(({ who, comparisons }) => ({
    ...who,
    settings: comparisons.flatMap(({ same, setting, configured }) => (same ? [{ setting, configured }] : [])),
  }));
  return {
    deviations: deviations.slice(0, DEVIATIONS),
    agreements: agreements.filter(({ settings }) => settings.length > 0).slice(0, DEVIATIONS),
  };
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

function comparisonsOf(router: RouterState, intent: VirtualRouterIntent): Comparison[] {
  const { newest } = router;
  return [
    ...comparedValue('priority', intent.priority, router.priorities, String),
    ...comparedValue('version', intent.version, [router.version], (version) => `VRRPv${version}`),
    ...comparedValue('interval', intent.advertisementIntervalNs, [router.intervalNs], duration),
    ...(newest === undefined ? [] : [comparedAddresses(router, intent), ...comparedOnWire(newest, router, intent)]),
    ...comparedPreemption(router, intent),
  ];
}

function comparedValue<T>(
  setting: Comparison['setting'],
  configured: T | undefined,
  seen: readonly T[],
  words: (value: T) => string,
): Comparison[] {
  if (configured === undefined || seen.length === 0) return [];
  const same = seen.every((value) => value === configured);
  return [{ setting, configured: words(configured), seen: seen.map(words).join(', '), same }];
}

function comparedAddresses({ addresses }: RouterState, intent: VirtualRouterIntent): Comparison {
  // What is written differently is the same address: both sides come from parsers, IPv6 text may not.
  const canonical = (texts: readonly string[]) => texts.map(normalized);
  const [wanted, seen] = [canonical(intent.addresses), canonical(addresses)];
  const sameSet = wanted.length === seen.length && wanted.every((address) => seen.includes(address));
  const same = sameSet && wanted.every((address, index) => address === seen[index]);
  const order = sameSet && !same ? ' (another order)' : '';
  return { setting: 'addresses', configured: list(intent.addresses), seen: `${list(addresses)}${order}`, same };
}

/** IPv6 addresses have many spellings: the one of URLs is canonical. */
function normalized(address: string): string {
  return isIPv6(address) && !address.includes('%') ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
}

function comparedOnWire(newest: Message, router: RouterState, intent: VirtualRouterIntent): Comparison[] {
  return [...comparedSourceMac(newest, router, intent), ...comparedChecksum(newest, intent)];
}

function comparedSourceMac(
  { sourceMac }: Message,
  { virtualRouter: { family, virtualRouterId } }: RouterState,
  intent: VirtualRouterIntent,
): Comparison[] {
  if (intent.virtualMac === undefined || sourceMac === undefined) return [];
  const usesVirtual = sourceMac === formatMac(virtualMac(family, virtualRouterId));
  const wantsVirtual = intent.virtualMac && intent.transmitOnBase !== true;
  const configured = wantsVirtual ? 'from the virtual MAC' : 'from the physical address';
  const seen = `advertisements from ${sourceMac}`;
  return [{ setting: 'virtual-mac', configured, seen, same: usesVirtual === wantsVirtual }];
}

function comparedChecksum({ checksumConvention }: Message, intent: VirtualRouterIntent): Comparison[] {
  const { version, family, ipv4Checksum: configured } = intent;
  const seen = CONVENTIONS[checksumConvention];
  if (version !== 3 || family !== 'ipv4' || seen === undefined || configured === undefined) return [];
  return [{ setting: 'checksum', configured, seen, same: seen === configured }];
}

const CONVENTIONS: Readonly<Record<number, VirtualRouterIntent['ipv4Checksum']>> = {
  [CHECKSUM_MESSAGE_ALONE]: 'message-alone',
  [CHECKSUM_WITH_PSEUDO_HEADER]: 'with-pseudo-header',
};

/** That a router did not preempt proves nothing: there may have been nobody to preempt. */
function comparedPreemption(
  { name, virtualRouter }: RouterState,
  { preempt, priority }: VirtualRouterIntent,
): Comparison[] {
  if (preempt === undefined || priority === OWNER_PRIORITY) return [];
  const preempted = items(virtualRouter.timeline).filter(
    ({ router, begin }) => router === name && begin === 'preemption',
  );
  if (preempted.length === 0) return [];
  const seen = `it preempted ${plural(preempted.length, 'time')}`;
  return [{ setting: 'preemption', configured: preempt ? 'on' : 'off (nopreempt)', seen, same: preempt }];
}
