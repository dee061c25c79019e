import {
  CHECKSUM_EITHER,
  CHECKSUM_MESSAGE_ALONE,
  CHECKSUM_UNKNOWN,
  CHECKSUM_WITH_PSEUDO_HEADER,
} from '../../wire/vrrp.ts';
import { isVrrpChecksumRight } from '../../wire/vrrp-checksum.ts';
import type { Message } from '../observer/message.ts';
import type { Judgement, MessageView, RouterDeviation, Rule, VirtualRouterView } from './rule.ts';
import { VERSION_2, VERSION_3 } from './rule.ts';
import { CHECKSUM_SETTINGS } from './words.ts';

/** Checksums: which convention a sender follows, and whether its peers follow the same. */
export const CHECKSUM_RULES: readonly Rule[] = [
  {
    requirement: 'tx.checksum.v2',
    profiles: VERSION_2,
    needs: [],
    message: ({ message }) =>
      message.version === 2 ? judgeChecksum(message, 'over the VRRP message alone') : undefined,
  },
  {
    requirement: 'tx.checksum.v6',
    profiles: VERSION_3,
    needs: [],
    message: ({ message }) =>
      message.version === 3 && message.family === 'ipv6'
        ? judgeChecksum(message, 'over the message and the pseudo-header of RFC 8200 §8.1')
        : undefined,
  },
  {
    requirement: 'tx.checksum.v4',
    profiles: VERSION_3,
    needs: [],
    message: judgeIpv4Checksum,
    virtualRouter: judgePeers,
  },
];

function judgeChecksum(message: Message, expected: string): Judgement {
  if (message.checksumConvention === CHECKSUM_UNKNOWN) return undefined;
  if (isVrrpChecksumRight(message.checksumConvention, message.version, message.family === 'ipv4' ? 4 : 16))
    return 'kept';
  const seen = `0x${message.checksum.toString(16).padStart(4, '0')}`;
  return {
    what: 'wrong',
    message: `the VRRP checksum ${seen} is wrong: receivers discard these advertisements`,
    expected,
    seen,
  };
}

function judgeIpv4Checksum({ message }: MessageView): Judgement {
  if (message.version !== 3 || message.family !== 'ipv4') return undefined;
  if (message.checksumConvention !== CHECKSUM_WITH_PSEUDO_HEADER) {
    return judgeChecksum(message, 'over the VRRP message alone (RFC 9568), or with an IPv4 pseudo-header');
  }
  return {
    what: 'pseudo-header',
    breaks: ['rfc9568'],
    // RFC 5798 can be read either way and most of the field sends this: nobody is hurt until a strict peer appears.
    level: 'should',
    message:
      'the checksum includes an IPv4 pseudo-header (as keepalived and FRR do by default); RFC 9568 computes it over the VRRP message alone, as Cisco and Juniper do: a peer that is strict about it discards these advertisements',
    expected: 'over the VRRP message alone',
    seen: 'with an IPv4 pseudo-header',
    advice: `make sure that every router of the VRID computes it the same way (${CHECKSUM_SETTINGS})`,
  };
}

/** Routers of one VRID with different conventions may not hear each other. */
function judgePeers({ virtualRouter }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  if (virtualRouter.family !== 'ipv4') return undefined;
  const told = virtualRouter.routers.filter(
    ({ version, checksumConvention }) =>
      version === 3 && checksumConvention !== CHECKSUM_UNKNOWN && checksumConvention !== CHECKSUM_EITHER,
  );
  const first = told[0];
  if (first === undefined || told.length < 2) return undefined;
  const other = told.find(({ checksumConvention }) => checksumConvention !== first.checksumConvention);
  if (other === undefined) return [];
  const alone = first.checksumConvention === CHECKSUM_MESSAGE_ALONE ? first : other;
  const withPseudoHeader = alone === first ? other : first;
  return [
    {
      router: withPseudoHeader.name,
      what: 'peers',
      message: `${alone.name} computes the checksum over the message alone, ${withPseudoHeader.name} with a pseudo-header: where one of them is strict, both become Active`,
      expected: 'one convention on every router of the VRID',
      seen: 'both',
      advice: `set the convention of one of them, or see that both accept either (${CHECKSUM_SETTINGS})`,
    },
  ];
}
