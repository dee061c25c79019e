import type { RouterConfiguration } from './configuration.ts';
import { isInterfaceName } from './interface-name.ts';
import { entries, type KeywordTable, quoted } from './keyword.ts';
import { type Complaints, complain } from './problem.ts';
import { type RouteDraft, type RuleDraft, readRoute, readRule, resolveRoutes, resolveRules } from './routing.ts';
import { readVirtualAddress, type VirtualAddressDraft } from './virtual-address.ts';

/** What a file wants for as long as the router runs, whatever the state of its virtual routers. */
export interface StaticDraft {
  readonly addresses: VirtualAddressDraft[];
  readonly routes: RouteDraft[];
  readonly rules: RuleDraft[];
}

/** Nothing yet. */
export function staticDraft(): StaticDraft {
  return { addresses: [], routes: [], rules: [] };
}

/** static_ipaddress, static_routes and static_rules. */
export const STATIC_KEYWORDS = {
  static_ipaddress: entries<StaticDraft>((draft, words, complaints) => {
    const entry = readVirtualAddress(words, complaints);
    if (entry === undefined) return;
    if (entry.device === undefined)
      complain(complaints, words[0]!, `${words[0]!.text} of static_ipaddress needs an interface`, 'add dev NAME');
    else if (!isInterfaceName(entry.device.text))
      complain(complaints, entry.device, `${quoted(entry.device.text)} cannot be the name of an interface`);
    else draft.addresses.push(entry);
  }),
  static_routes: entries<StaticDraft>((draft, words, complaints) => {
    const entry = readRoute(words, complaints);
    if (entry === undefined) return;
    const leadsNowhere = entry.type === 'unicast' && (entry.gateway ?? entry.device) === undefined;
    if (leadsNowhere)
      complain(complaints, words[0]!, 'a static route needs a gateway or an interface', 'add via or dev');
    else draft.routes.push(entry);
  }),
  static_rules: entries<StaticDraft>((draft, words, complaints) => {
    const entry = readRule(words, complaints);
    if (entry !== undefined) draft.rules.push(entry);
  }),
} satisfies KeywordTable<StaticDraft>;

/** What the router is told of it. */
export function resolveStatics(
  { addresses, routes, rules }: StaticDraft,
  complaints: Complaints,
): Pick<RouterConfiguration, 'staticAddresses' | 'staticRoutes' | 'staticRules'> {
  return {
    staticAddresses: addresses.map(({ address, device }) => ({ ...address, device: device!.text })),
    staticRoutes: resolveRoutes(routes, 4, complaints),
    staticRules: resolveRules(rules, 4),
  };
}
