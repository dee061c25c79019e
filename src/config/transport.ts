import { isIPv4 } from 'node:net';
import { isMulticast, parseAddress } from '../wire/address.ts';
import { AUTHENTICATION_PASSWORD_OCTETS } from './configuration.ts';
import {
  address,
  boolean,
  entries,
  flag,
  hasValues,
  type Keyword,
  type KeywordTable,
  quoted,
  readBlock,
  unexpected,
  wholeNumber,
  word,
} from './keyword.ts';
import { type Complaints, complain, notice, type Place } from './problem.ts';
import type { Word } from './words.ts';

/** A value with the place that it was given at. */
export interface Placed<Value> extends Place {
  readonly value: Value;
}

/** A value where it was given. */
export function placed<Value>({ file, line, column }: Place, value: Value): Placed<Value> {
  return { file, line, column, value };
}

/** An entry of unicast_peer. */
export interface PeerDraft {
  readonly address: Placed<string>;
  readonly minimumTtl?: number;
  readonly maximumTtl?: number;
}

/** What a vrrp_instance says about how its advertisements travel. */
export interface TransportDraft {
  sourceAddress?: Placed<string>;
  trackSourceAddress?: Place;
  group?: Placed<string>;
  peers?: Placed<PeerDraft[]>;
  unicastTtl?: Placed<number>;
  checkUnicastSource?: boolean;
  faultWithoutPeer?: Place;
  authentication?: Place & { readonly type?: 'PASS'; readonly password?: string };
  advertiseBeforeYield?: Placed<boolean>;
  alsoVersion2?: Placed<boolean>;
}

/** A keyword with a multicast group that VRRP may be sent to: over IPv6 one of the link (RFC 4291 §2.7). */
export function multicastGroup<Draft>(
  family: 'ipv4' | 'ipv6' | 'either',
  set: (draft: Draft, value: Placed<string>) => void,
): Keyword<Draft> {
  return word((draft, value, complaints) => {
    const bytes = parseAddress(value.text);
    const is4 = isIPv4(value.text);
    const isOther = family !== 'either' && is4 !== (family === 'ipv4');
    if (bytes === undefined || isOther || !isMulticast(bytes, 0, bytes.length)) {
      const kind = family === 'either' ? '' : `${family === 'ipv4' ? 'IPv4' : 'IPv6'} `;
      complain(complaints, value, `${quoted(value.text)} is no ${kind}multicast group`);
    } else if (!is4 && (bytes[1]! & 0x0f) !== 2) {
      complain(
        complaints,
        value,
        `${quoted(value.text)} is not a group of the link`,
        'write one that begins with ff02:',
      );
    } else set(draft, placed(value, value.text));
  });
}

const source: Keyword<TransportDraft> = address((draft, value, place) => {
  draft.sourceAddress = placed(place, value);
});

/** `ADDRESS [min_ttl N] [max_ttl N]`. */
function readPeer(words: readonly Word[], complaints: Complaints): PeerDraft | undefined {
  const [first, ...options] = words;
  const bytes = parseAddress(first!.text);
  if (bytes === undefined || isMulticast(bytes, 0, bytes.length)) {
    complain(complaints, first!, `${quoted(first!.text)} is not the address of a peer`, 'write its IP address');
    return undefined;
  }
  let peer: PeerDraft = { address: placed(first!, first!.text) };
  for (let index = 0; index < options.length; index += 2) {
    const option = options[index]!;
    const value = options[index + 1];
    if (option.text !== 'min_ttl' && option.text !== 'max_ttl') {
      complain(complaints, option, `${quoted(option.text)} is no option of a peer`, 'min_ttl N or max_ttl N');
      return undefined;
    }
    const ttl = value === undefined ? undefined : wholeNumber(value.text);
    if (ttl === undefined || ttl < 0 || ttl > 255) {
      complain(complaints, value ?? option, `${option.text} needs a whole number from 0 to 255`);
      return undefined;
    }
    peer = option.text === 'min_ttl' ? { ...peer, minimumTtl: ttl } : { ...peer, maximumTtl: ttl };
  }
  return peer;
}

const PEER_ENTRIES = entries<PeerDraft[]>((peers, words, complaints) => {
  const peer = readPeer(words, complaints);
  if (peer !== undefined) peers.push(peer);
});

interface AuthenticationDraft {
  type?: 'PASS';
  password?: string;
}

const AUTHENTICATION_KEYWORDS: KeywordTable<AuthenticationDraft> = {
  auth_type: (draft, statement, complaints) => {
    if (!hasValues(statement, 1, 1, complaints)) return;
    const value = statement.values[0]!;
    if (value.text === 'PASS') draft.type = 'PASS';
    else if (value.text === 'AH') complain(complaints, value, 'auth_type AH is not honoured', 'use PASS, or nothing');
    else unexpected(complaints, value, statement, 'PASS');
  },
  auth_pass: word((draft, value, complaints) => {
    const octets = Buffer.from(value.text);
    if (octets.length === 0) complain(complaints, value, 'auth_pass is empty', 'write 1 to 8 characters');
    if (octets.includes(0)) complain(complaints, value, 'auth_pass has a character that cannot be in a password');
    if (octets.length > AUTHENTICATION_PASSWORD_OCTETS)
      notice(complaints, value, `auth_pass is truncated to ${AUTHENTICATION_PASSWORD_OCTETS} characters`);
    draft.password = octets.subarray(0, AUTHENTICATION_PASSWORD_OCTETS).toString();
  }),
};

/** The keywords of a vrrp_instance that say how its advertisements travel. */
export const TRANSPORT_KEYWORDS: KeywordTable<TransportDraft> = {
  mcast_src_ip: source,
  unicast_src_ip: source,
  track_src_ip: flag((draft, place) => {
    draft.trackSourceAddress = place;
  }),
  mcast_dst_ip: multicastGroup('either', (draft, value) => {
    draft.group = value;
  }),
  unicast_peer: (draft, statement, complaints) => {
    const peers: PeerDraft[] = [...(draft.peers?.value ?? [])];
    PEER_ENTRIES(peers, statement, complaints);
    draft.peers = placed(statement.keyword, peers);
  },
  unicast_ttl: (draft, statement, complaints) => {
    if (!hasValues(statement, 1, 1, complaints)) return;
    const value = statement.values[0]!;
    const ttl = wholeNumber(value.text);
    if (ttl === undefined || ttl < 1 || ttl > 255)
      unexpected(complaints, value, statement, 'a whole number from 1 to 255');
    else draft.unicastTtl = placed(value, ttl);
  },
  check_unicast_src: boolean((draft, value) => {
    draft.checkUnicastSource = value;
  }),
  unicast_fault_no_peer: flag((draft, place) => {
    draft.faultWithoutPeer = place;
  }),
  old_unicast_checksum: (_draft, { keyword, values }, complaints) => {
    if (values[0]?.text === 'never')
      notice(complaints, keyword, 'old_unicast_checksum never is ignored: the old checksum is never sent nor accepted');
    else complain(complaints, keyword, 'old_unicast_checksum is not honoured', 'remove it, or write never after it');
  },
  authentication: (draft, { keyword, values, block }, complaints) => {
    if (block === undefined || values.length > 0) {
      complain(complaints, keyword, 'authentication needs a block', 'write { auth_type PASS … } after it');
      return;
    }
    const read: AuthenticationDraft = {};
    readBlock(AUTHENTICATION_KEYWORDS, 'authentication', read, block, complaints);
    const { file, line, column } = keyword;
    draft.authentication = { file, line, column, ...read };
  },
  higher_prio_send_advert: boolean((draft, value, place) => {
    draft.advertiseBeforeYield = placed(place, value);
  }),
  v2_v3_mode: boolean((draft, value, place) => {
    draft.alsoVersion2 = placed(place, value);
  }),
};
