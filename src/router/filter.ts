import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import { findProgram } from '../linux/programs.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import type { Carrier } from './carrier.ts';
import type { Log } from './log.ts';
import { runNft } from './nft.ts';
import { ownedAddresses, SILENCE_PRIORITY, silenceRules } from './owner.ts';
import { isLinkLocalAddress } from './port.ts';
import { inTurns } from './turns.ts';

/** Why the filter cannot be put in place. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}

/** A table of nftables: its family and name, and the body of its chain. */
interface Table {
  readonly name: string;
  readonly family: 'ip' | 'ip6' | 'arp' | 'netdev';
  readonly chains: readonly Chain[];
}

interface Chain {
  readonly hook: 'input' | 'output' | 'forward' | 'egress';
  /** For egress. */
  readonly device?: string;
  readonly priority: number;
  readonly rules: readonly string[];
}

/** A virtual router and what carries its addresses. */
export interface Filtered {
  readonly router: VirtualRouterConfiguration;
  readonly carrier: Carrier;
}

/**
 * Puts the tables of nftables in place that virtual routers need, by one run of nft before they start: nothing of it is
 * on the timed path. Tables of the same name, which a killed router left behind, are replaced. Where nft is missing or
 * refuses the routers run without, but for no_accept, which nothing else can do.
 * @param former what a reload puts others in the place of: one moment they are there, the next moment the others
 * @throws FilterError
 */
export async function installFilters(
  all: readonly Filtered[],
  log: Log,
  former: readonly Filtered[] = [],
): Promise<void> {
  const tables = all.flatMap(tablesOf);
  const surplus = former.flatMap(tablesOf);
  if (tables.length + surplus.length === 0) return;
  const nft = findProgram('nft');
  try {
    if (nft === undefined) throw new FilterError('nft is not installed (the package is called nftables)');
    const text = [...surplus.map(removalText), ...tables.map(tableText)].join('');
    await runNft(nft, text);
  } catch (error) {
    const { message } = error as Error;
    const refusing = all.find(({ router }) => !router.acceptMode);
    if (refusing !== undefined) {
      throw new FilterError(`no_accept of vrrp_instance ${refusing.router.name} cannot be honoured: ${message}`);
    }
    log.line(`the kernel may answer another router's gratuitous ARP: ${message}`);
  }
}

/** Whether two configurations of a virtual router need the same tables. */
function sameFilters(left: VirtualRouterConfiguration, right: VirtualRouterConfiguration): boolean {
  return left.acceptMode === right.acceptMode && addressesOf(left).join() === addressesOf(right).join();
}

/**
 * Before virtual routers have other addresses, or accept them no more: those that go on with another configuration get its
 * tables, and are in `all` with it.
 * @throws FilterError
 */
export async function replaceFilters(
  all: Filtered[],
  routers: readonly VirtualRouterConfiguration[],
  log: Log,
): Promise<void> {
  const former: Filtered[] = [];
  const next: Filtered[] = [];
  const byName = new Map(all.map((one) => [one.router.name, one]));
  await inTurns(routers, (router) => {
    const old = byName.get(router.name)!;
    if (sameFilters(old.router, router)) return;
    former.push(old);
    next.push({ router, carrier: old.carrier });
  });
  if (next.length === 0) return;
  await installFilters(next, log, former);
  for (const [index, old] of former.entries()) all[all.indexOf(old)] = next[index]!;
}

/** Takes away the tables of virtual routers that are no more. */
export async function removeFilters(all: readonly Filtered[]): Promise<void> {
  const tables = all.flatMap(tablesOf);
  const nft = findProgram('nft');
  if (tables.length > 0 && nft !== undefined) await runNft(nft, tables.map(removalText).join(''));
}

/** How the names of the tables of a carrier begin; the VRID is what follows. */
export function filterTablesOf(carrierName: string): string {
  return `vrrpbench_${carrierName.replace(/[^A-Za-z0-9_]/g, '_')}_`;
}

function tablesOf({ router, carrier }: Filtered): Table[] {
  const name = `${filterTablesOf(carrier.name)}${router.virtualRouterId}`;
  const tables: Table[] = [];
  const { virtualMac } = router;
  const chains = [
    ...(router.acceptMode ? [] : [acceptChain(router, carrier)]),
    ...(router.family === 'ipv6' && virtualMac !== undefined ? [forwardChain(router, carrier)] : []),
  ];
  if (chains.length > 0) tables.push({ name, family: router.family === 'ipv4' ? 'ip' : 'ip6', chains });
  if (router.family === 'ipv4' && virtualMac !== undefined)
    tables.push({ name, ...arpRules(router, carrier, virtualMac.macAddress) });
  if (carrier.owner !== undefined && virtualMac !== undefined) {
    const rules = silenceRules(ownedAddresses(router), virtualMac.macAddress);
    const device = router.interfaceName;
    tables.push({ name, family: 'netdev', chains: [{ hook: 'egress', device, priority: SILENCE_PRIORITY, rules }] });
  }
  return tables;
}

/**
 * Drops what is addressed to the virtual addresses, as RFC 9568 §6.4.3 demands of a router that is not their owner where
 * Accept_Mode is off; Neighbor Solicitations and Advertisements are let in (§6.1).
 */
function acceptChain(router: VirtualRouterConfiguration, carrier: Carrier): Chain {
  const family = router.family === 'ipv4' ? 'ip' : 'ip6';
  const interfaces = [...new Set([carrier.name, router.interfaceName])].map((name) => JSON.stringify(name));
  const rules = addressesOf(router).map((address) => {
    const scope = isLinkLocalAddress(address) ? `iifname { ${interfaces.join(', ')} } ` : '';
    return `${scope}${family} daddr ${address} drop`;
  });
  if (family === 'ip6') rules.unshift('icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept');
  return { hook: 'input', priority: -1, rules };
}

/**
 * The kernel lets frames in before it knows the IPv6 addresses of a link that goes up: what is addressed to them in
 * between it would forward, to itself (RFC 9568 §8.3.1). IPv4 addresses are known before the link is up.
 */
function forwardChain(router: VirtualRouterConfiguration, { name }: Carrier): Chain {
  const addresses = addressesOf(router).join(', ');
  return {
    hook: 'forward',
    priority: -1,
    rules: [`iifname ${JSON.stringify(name)} ip6 daddr { ${addresses} } drop`],
  };
}

/**
 * A gratuitous ARP of the next Active router comes from the same virtual MAC and asks for the same address. A kernel
 * that has not yet been told to stop would answer it, and the switch would learn the virtual MAC on the wrong port. And
 * no ARP leaves by the interface that names a virtual address with the physical MAC (RFC 9568 §8.1.2): where the
 * interface has no address of its own, the kernel takes one of another interface. An owner has the addresses on its
 * interface as well; where nothing else keeps its physical MAC from being told, it does not answer.
 */
function arpRules(
  router: VirtualRouterConfiguration,
  { name, owner }: Carrier,
  macAddress: string,
): Omit<Table, 'name'> {
  const port = JSON.stringify(router.interfaceName);
  const input = [`iifname ${JSON.stringify(name)} arp saddr ether ${macAddress} drop`];
  const output: string[] = [];
  if (owner === undefined) {
    const addresses = `{ ${addressesOf(router).join(', ')} }`;
    output.push(`oifname ${port} arp saddr ip ${addresses} arp saddr ether != ${macAddress} drop`);
    if (router.priority === OWNER_PRIORITY)
      input.push(`iifname ${port} arp operation request arp daddr ip ${addresses} drop`);
  }
  return {
    family: 'arp',
    chains: [
      { hook: 'input', priority: 0, rules: input },
      { hook: 'output', priority: 0, rules: output },
    ],
  };
}

function addressesOf({ addresses, excludedAddresses }: VirtualRouterConfiguration): string[] {
  return [...addresses, ...excludedAddresses].map(({ address }) => address);
}

function tableText(table: Table): string {
  const chains = table.chains.filter(({ rules }) => rules.length > 0).map(chainText);
  return `${removalText(table)}table ${table.family} ${table.name} {\n${chains.join('\n')}\n}\n`;
}

function chainText({ hook, device, priority, rules }: Chain): string {
  const on = device === undefined ? '' : ` device ${JSON.stringify(device)}`;
  return `chain ${hook} {\ntype filter hook ${hook}${on} priority ${priority}; policy accept;\n${rules.join('\n')}\n}`;
}

/** Declared first, so that deleting is no error where there is none. */
function removalText({ family, name }: Table): string {
  return `table ${family} ${name}\ndelete table ${family} ${name}\n`;
}
