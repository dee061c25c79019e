import { isIPv4 } from 'node:net';
import { quoted } from './keyword.ts';
import { type Complaints, complain } from './problem.ts';
import type { ConfiguredRoute, ConfiguredRule, Prefix } from './routing-configuration.ts';
import { type RoutingWords, routingWords, wholeNumber } from './routing-words.ts';
import type { Word } from './words.ts';

/** A route as it was read; `default` belongs to a family that only the virtual router may know. */
export type RouteDraft = Omit<ConfiguredRoute, 'destination'> & { readonly destination: Prefix | 'default' };
/** A rule as it was read, perhaps without a word that tells its family. */
export type RuleDraft = Omit<ConfiguredRule, 'family'> & { readonly family?: 4 | 6 };

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

const ROUTE_TYPES: ReadonlySet<string> = new Set<ConfiguredRoute['type']>([
  'unicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
]);
const RULE_ACTIONS: ReadonlySet<string> = new Set<ConfiguredRule['action']>(['blackhole', 'unreachable', 'prohibit']);
const SCOPES: ReadonlySet<string> = new Set<NonNullable<ConfiguredRoute['scope']>>(['global', 'site', 'link', 'host']);
const LARGEST_32 = 0xffff_ffff;
const LARGEST_MTU = 65_535;
const WATCHED = 'routes and rules come back when the router becomes Active, or their interface comes up';

/** Reads `[TYPE] [to] DESTINATION [via GATEWAY] [dev NAME] …`; undefined where it is malformed, which was complained about. */
export function readRoute(words: readonly Word[], complaints: Complaints): RouteDraft | undefined {
  const reader = routingWords(words, complaints);
  const { file, line, column } = words[0]!;
  let destination: RouteDraft['destination'] | undefined;
  const route: Mutable<Omit<RouteDraft, 'destination'>> = { file, line, column, type: 'unicast', onLink: false };
  for (let word = reader.next(); word !== undefined; word = reader.next()) {
    if (destination === undefined && ROUTE_TYPES.has(word.text)) route.type = word.text as RouteDraft['type'];
    else if (!readRouteOption(route, word, reader)) {
      if (destination !== undefined) reader.refuse(word, `${quoted(word.text)} of a route is not honoured`);
      else destination = destinationOf(word, reader);
    }
    if (reader.failed) return undefined;
  }
  if (destination === undefined)
    return reader.refuse(words[0]!, 'a route needs a destination', 'ADDRESS/MASK or default');
  if (route.type !== 'unicast' && (route.gateway ?? route.device) !== undefined)
    return reader.refuse(words[0]!, `a ${route.type} route leads nowhere`, 'remove via and dev');
  return { ...route, destination };
}

function destinationOf(first: Word, reader: RoutingWords): RouteDraft['destination'] | undefined {
  const word = first.text === 'to' ? reader.value(first) : first;
  return word?.text === 'default' ? 'default' : reader.prefix(word);
}

/** Takes an option of a route; false where the word is none. */
function readRouteOption(route: Mutable<Omit<RouteDraft, 'destination'>>, word: Word, reader: RoutingWords): boolean {
  const set = <Key extends keyof typeof route>(key: Key, value: (typeof route)[Key] | undefined): void => {
    if (value !== undefined) route[key] = value;
  };
  switch (word.text) {
    case 'via':
    case 'gw':
      if (reader.peek() === 'inet' || reader.peek() === 'inet6') reader.next();
      set('gateway', reader.address(word));
      return true;
    case 'dev':
    case 'oif':
      set('device', reader.device(word));
      return true;
    case 'src':
      set('source', reader.address(word));
      return true;
    case 'tab':
    case 'table':
      set('table', reader.table(word));
      return true;
    case 'metric':
    case 'preference':
    case 'priority':
      set('metric', reader.number(word, LARGEST_32));
      return true;
    case 'scope':
      set('scope', scopeOf(word, reader));
      return true;
    case 'mtu':
      if (reader.peek() === 'lock') {
        reader.refuse(word, 'mtu lock is not honoured', 'write mtu NUMBER');
        return true;
      }
      set('mtu', reader.number(word, LARGEST_MTU));
      return true;
    case 'onlink':
      route.onLink = true;
      return true;
    case 'no_track':
      reader.ignore(word, WATCHED);
      return true;
    case 'proto':
    case 'protocol':
      reader.value(word);
      reader.ignore(word, 'the protocol of a route marks it as the router’s');
      return true;
    default:
      if (!REFUSED_ROUTE_OPTIONS.has(word.text)) return false;
      reader.refuse(word, `${quoted(word.text)} of a route is not honoured`);
      return true;
  }
}

const REFUSED_ROUTE_OPTIONS: ReadonlySet<string> = new Set([
  ...['or', 'nexthop', 'weight', 'from', 'tos', 'dsfield', 'encap', 'as', 'hoplimit', 'advmss', 'rtt', 'rttvar'],
  ...['reordering', 'window', 'cwnd', 'ssthresh', 'realms', 'rto_min', 'initcwnd', 'initrwnd', 'quickack', 'pref'],
  ...[
    'expires',
    'congctl',
    'features',
    'fastopen_no_cookie',
    'ttl-propagate',
    'local',
    'broadcast',
    'multicast',
    'nat',
  ],
]);

function scopeOf(option: Word, reader: RoutingWords): ConfiguredRoute['scope'] | undefined {
  const word = reader.value(option);
  if (word === undefined) return undefined;
  if (SCOPES.has(word.text)) return word.text as ConfiguredRoute['scope'];
  return reader.refuse(word, `${quoted(word.text)} is not a scope`, 'global, site, link or host');
}

/** Reads `[not] [from PREFIX] [to PREFIX] … table TABLE`; undefined where it is malformed, which was complained about. */
export function readRule(words: readonly Word[], complaints: Complaints): RuleDraft | undefined {
  const reader = routingWords(words, complaints);
  const { file, line, column } = words[0]!;
  const rule: Mutable<RuleDraft> = { file, line, column, inverted: false, action: 'table' };
  for (let word = reader.next(); word !== undefined; word = reader.next()) {
    readRuleOption(rule, word, reader);
    if (reader.failed) return undefined;
  }
  if (rule.action === 'table' && rule.table === undefined)
    return reader.refuse(words[0]!, 'a rule needs a table', 'table NUMBER, or blackhole, unreachable, prohibit');
  for (const prefix of [rule.source, rule.destination]) {
    if (prefix === undefined) continue;
    const family = isIPv4(prefix.address) ? 4 : 6;
    if (rule.family !== undefined && rule.family !== family)
      return reader.refuse(words[0]!, 'the addresses of a rule are of one family');
    rule.family = family;
  }
  return rule;
}

function readRuleOption(rule: Mutable<RuleDraft>, word: Word, reader: RoutingWords): void {
  const set = <Key extends keyof RuleDraft>(key: Key, value: RuleDraft[Key] | undefined): void => {
    if (value !== undefined) rule[key] = value;
  };
  switch (word.text) {
    case 'not':
      rule.inverted = true;
      return;
    case 'inet':
      rule.family = 4;
      return;
    case 'inet6':
      rule.family = 6;
      return;
    case 'from':
    case 'src':
      set('source', prefixUnlessAll(word, reader));
      return;
    case 'to':
    case 'dst':
      set('destination', prefixUnlessAll(word, reader));
      return;
    case 'iif':
    case 'dev':
      set('inputInterface', reader.device(word));
      return;
    case 'oif':
      set('outputInterface', reader.device(word));
      return;
    case 'fwmark':
      set('mark', markOf(word, reader));
      return;
    case 'priority':
    case 'preference':
    case 'pref':
    case 'order':
      set('priority', reader.number(word, LARGEST_32));
      return;
    case 'tab':
    case 'table':
    case 'lookup':
      set('table', reader.table(word));
      return;
    case 'suppress_prefixlength':
    case 'suppress_prefixlen':
      set('suppressPrefixLength', reader.number(word, 128));
      return;
    case 'no_track':
      reader.ignore(word, WATCHED);
      return;
    default:
      if (RULE_ACTIONS.has(word.text)) rule.action = word.text as RuleDraft['action'];
      else reader.refuse(word, `${quoted(word.text)} of a rule is not honoured`);
  }
}

function prefixUnlessAll(option: Word, reader: RoutingWords): Prefix | undefined {
  const word = reader.value(option);
  return word?.text === 'all' || word?.text === 'any' ? undefined : reader.prefix(word);
}

function markOf(option: Word, reader: RoutingWords): ConfiguredRule['mark'] | undefined {
  const word = reader.value(option);
  if (word === undefined) return undefined;
  const [value, mask] = word.text.split('/').map(wholeNumber);
  if (value === undefined || (word.text.includes('/') && mask === undefined))
    return reader.refuse(word, `${quoted(word.text)} is no mark`, 'NUMBER or NUMBER/MASK');
  return mask === undefined ? { value } : { value, mask };
}

/** Fills in the families that the words did not tell: those of the virtual router, or IPv4. */
export function resolveRoutes(drafts: readonly RouteDraft[], family: 4 | 6, complaints: Complaints): ConfiguredRoute[] {
  return drafts.map((draft) => {
    const told = draft.gateway ?? draft.source;
    const is4 = told === undefined ? family === 4 : isIPv4(told);
    const destination =
      draft.destination === 'default' ? { address: is4 ? '0.0.0.0' : '::', prefixLength: 0 } : draft.destination;
    const families = [destination.address, draft.gateway, draft.source].flatMap((text) => text ?? []).map(isIPv4);
    if (new Set(families).size > 1) complain(complaints, draft, 'the addresses of a route are of one family');
    return { ...draft, destination };
  });
}

/** The same for rules. */
export function resolveRules(drafts: readonly RuleDraft[], family: 4 | 6): ConfiguredRule[] {
  return drafts.map((draft) => ({ ...draft, family: draft.family ?? family }));
}
