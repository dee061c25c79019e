import type { Family } from '../wire/vrrp.ts';
import type { VirtualAddress } from './configuration.ts';
import {
  boolean,
  integer,
  isPlainIPv6,
  type Keyword,
  type KeywordTable,
  readBlock,
  seconds,
  unexpected,
  wholeNumber,
} from './keyword.ts';
import { type Complaints, complain, type Place } from './problem.ts';
import type { AdvertisedPrefix, RouterAdvertisementConfiguration } from './router-advertisement-configuration.ts';
import type { Statement } from './statement.ts';
import { type Placed, placed } from './transport.ts';

const SECOND_NS = 1_000_000_000;
const MILLISECOND_NS = 1_000_000;
/** The limits and defaults of RFC 4861 §6.2.1; RFC 8319 §4 allows longer intervals and lifetimes. */
const SHORTEST_INTERVAL_S = 3;
const SHORTEST_LONGEST_INTERVAL_S = 4;
const LONGEST_INTERVAL_S = 65_535;
const LONGEST_LIFETIME_S = 65_535;
const DEFAULT_INTERVAL_NS = 600 * SECOND_NS;
/** From here on the shorter interval is a third of the longer one, unless it is said. */
const THIRD_FROM_NS = 9 * SECOND_NS;
const LARGEST_PART = 0.75;
const DEFAULT_PART = 0.33;
const LONGEST_REACHABLE_TIME_S = 3_600;
const LONGEST_RETRANSMISSION_S = 4_294_967;
const SMALLEST_MTU = 1_280;
const LARGEST_MTU = 65_535;
const DEFAULT_HOP_LIMIT = 64;
const DEFAULT_VALID_S = 2_592_000;
const DEFAULT_PREFERRED_S = 604_800;
/** A lifetime without end (RFC 4861 §4.6.2). */
export const FOR_EVER_S = 0xffff_ffff;

/** What a router_advertisement block says. */
export interface RouterAdvertisementDraft extends Place {
  minimumIntervalNs?: Placed<number>;
  maximumIntervalNs?: Placed<number>;
  lifetimeS?: Placed<number>;
  hopLimit?: number;
  managed?: boolean;
  other?: boolean;
  reachableTimeNs?: number;
  retransmissionTimerNs?: number;
  mtu?: number;
  readonly prefixes: AdvertisedPrefix[];
}

interface PrefixDraft {
  onLink?: boolean;
  autonomous?: boolean;
  validS?: Placed<number>;
  preferredS?: Placed<number>;
}

/** Seconds, or `infinity`. */
function lifetime(set: (draft: PrefixDraft, value: Placed<number>) => void): Keyword<PrefixDraft> {
  return (draft, statement, complaints) => {
    const value = statement.values[0];
    if (statement.values.length === 1 && statement.block === undefined && value?.text === 'infinity')
      set(draft, placed(value, FOR_EVER_S));
    else
      integer<PrefixDraft>(0, 999_999_999, (into, number, place) => set(into, placed(place, number)))(
        draft,
        statement,
        complaints,
      );
  };
}

const PREFIX_KEYWORDS: KeywordTable<PrefixDraft> = {
  on_link: boolean((draft, value) => {
    draft.onLink = value;
  }),
  autonomous: boolean((draft, value) => {
    draft.autonomous = value;
  }),
  valid_lifetime: lifetime((draft, value) => {
    draft.validS = value;
  }),
  preferred_lifetime: lifetime((draft, value) => {
    draft.preferredS = value;
  }),
};

function readPrefix(statement: Statement, complaints: Complaints): AdvertisedPrefix | undefined {
  const { keyword, values, block } = statement;
  const [value, surplus] = values;
  if (value === undefined || surplus !== undefined) {
    complain(complaints, surplus ?? keyword, 'prefix needs one value', 'write prefix 2001:db8::/64');
    return undefined;
  }
  const [address, length, ...rest] = value.text.split('/');
  const prefixLength = length === undefined ? undefined : wholeNumber(length);
  const isWhole = prefixLength !== undefined && prefixLength >= 0 && prefixLength <= 128;
  if (!isPlainIPv6(address!) || !isWhole || rest.length > 0) {
    unexpected(complaints, value, statement, 'an IPv6 prefix with its length, 2001:db8::/64');
    return undefined;
  }
  if (/^fe[89ab]/i.test(address!)) {
    complain(complaints, value, 'the link-local prefix is not advertised (RFC 4861 6.2.1)', 'remove it');
    return undefined;
  }
  const draft: PrefixDraft = {};
  if (block !== undefined) readBlock(PREFIX_KEYWORDS, 'prefix', draft, block, complaints);
  const validLifetimeS = draft.validS?.value ?? DEFAULT_VALID_S;
  const preferredLifetimeS = draft.preferredS?.value ?? Math.min(DEFAULT_PREFERRED_S, validLifetimeS);
  if (preferredLifetimeS > validLifetimeS) {
    const place = draft.preferredS ?? draft.validS ?? value;
    complain(complaints, place, `preferred_lifetime is at most valid_lifetime, ${validLifetimeS}`);
  }
  const { file, line, column } = value;
  return {
    ...{ file, line, column, address: address!, prefixLength },
    ...{ onLink: draft.onLink ?? true, autonomous: draft.autonomous ?? true, validLifetimeS, preferredLifetimeS },
  };
}

const KEYWORDS: KeywordTable<RouterAdvertisementDraft> = {
  min_interval: seconds(SHORTEST_INTERVAL_S, LONGEST_INTERVAL_S, (draft, value, place) => {
    draft.minimumIntervalNs = placed(place, value);
  }),
  max_interval: seconds(SHORTEST_LONGEST_INTERVAL_S, LONGEST_INTERVAL_S, (draft, value, place) => {
    draft.maximumIntervalNs = placed(place, value);
  }),
  lifetime: integer(0, LONGEST_LIFETIME_S, (draft, value, place) => {
    draft.lifetimeS = placed(place, value);
  }),
  hop_limit: integer(0, 255, (draft, value) => {
    draft.hopLimit = value;
  }),
  managed: boolean((draft, value) => {
    draft.managed = value;
  }),
  other: boolean((draft, value) => {
    draft.other = value;
  }),
  reachable_time: seconds(0, LONGEST_REACHABLE_TIME_S, (draft, value) => {
    draft.reachableTimeNs = value;
  }),
  retrans_timer: seconds(0, LONGEST_RETRANSMISSION_S, (draft, value) => {
    draft.retransmissionTimerNs = value;
  }),
  mtu: integer(SMALLEST_MTU, LARGEST_MTU, (draft, value) => {
    draft.mtu = value;
  }),
  prefix: (draft, statement, complaints) => {
    const prefix = readPrefix(statement, complaints);
    if (prefix === undefined) return;
    const isThere = draft.prefixes.some(
      ({ address, prefixLength }) => address === prefix.address && prefixLength === prefix.prefixLength,
    );
    if (isThere) complain(complaints, prefix, `${prefix.address}/${prefix.prefixLength} is there twice`, 'remove one');
    else draft.prefixes.push(prefix);
  },
};

/** The block `router_advertisement`, a keyword of this router's own. */
export const routerAdvertisement: Keyword<{ routerAdvertisement?: RouterAdvertisementDraft }> = (
  draft,
  { keyword, values, block },
  complaints,
) => {
  if (block === undefined || values.length > 0) {
    complain(complaints, keyword, 'router_advertisement needs a block', 'write { … } after it');
    return;
  }
  const { file, line, column } = keyword;
  const read: RouterAdvertisementDraft = { file, line, column, prefixes: [] };
  readBlock(KEYWORDS, 'router_advertisement', read, block, complaints);
  draft.routerAdvertisement = read;
};

/**
 * What a virtual router advertises to hosts; undefined where nothing is. It needs a link-local virtual address to send
 * from: hosts know their router by it, and it has to stay theirs at a failover (RFC 9568 §8.2.3, RFC 4861 §6.1.2).
 */
export function routerAdvertisementOf(
  draft: RouterAdvertisementDraft | undefined,
  family: Family,
  addresses: readonly VirtualAddress[],
  complaints: Complaints,
): RouterAdvertisementConfiguration | undefined {
  if (draft === undefined) return undefined;
  if (family === 'ipv4') {
    complain(complaints, draft, 'router_advertisement is for virtual routers of IPv6', 'remove it');
    return undefined;
  }
  if (!addresses.some(({ address }) => /^fe[89ab]/i.test(address))) {
    complain(
      complaints,
      draft,
      'router_advertisement needs a link-local virtual address to send from',
      'write fe80::… first in virtual_ipaddress',
    );
  }
  const maximumIntervalNs = draft.maximumIntervalNs?.value ?? DEFAULT_INTERVAL_NS;
  const maximumS = maximumIntervalNs / SECOND_NS;
  const lifetimeS = draft.lifetimeS?.value ?? Math.min(LONGEST_LIFETIME_S, Math.round(3 * maximumS));
  if (lifetimeS !== 0 && lifetimeS < maximumS) {
    const message = `lifetime is 0, or at least max_interval, ${maximumS} (RFC 4861 6.2.1)`;
    complain(complaints, draft.lifetimeS ?? draft.maximumIntervalNs ?? draft, message);
  }
  return {
    minimumIntervalNs: minimumIntervalOf(draft, maximumIntervalNs, complaints),
    maximumIntervalNs,
    lifetimeS,
    hopLimit: draft.hopLimit ?? DEFAULT_HOP_LIMIT,
    managed: draft.managed ?? false,
    other: draft.other ?? false,
    reachableTimeMs: Math.round((draft.reachableTimeNs ?? 0) / MILLISECOND_NS),
    retransmissionTimerMs: Math.round((draft.retransmissionTimerNs ?? 0) / MILLISECOND_NS),
    ...(draft.mtu === undefined ? {} : { mtu: draft.mtu }),
    prefixes: draft.prefixes,
  };
}

function minimumIntervalOf(draft: RouterAdvertisementDraft, maximumNs: number, complaints: Complaints): number {
  const largestNs = LARGEST_PART * maximumNs;
  const given = draft.minimumIntervalNs;
  if (given === undefined) return maximumNs >= THIRD_FROM_NS ? Math.round(DEFAULT_PART * maximumNs) : largestNs;
  if (given.value > largestNs) {
    const message = `min_interval is at most three quarters of max_interval, ${largestNs / SECOND_NS} (RFC 4861 6.2.1)`;
    complain(complaints, given, message);
  }
  return given.value;
}
