import { isOwner } from '../vrrp/parameters.ts';
import type { Protocol } from '../vrrp/protocol.ts';
import type { DiscardReason, ReceivedMessage } from '../vrrp/receive.ts';
import { activeDownIntervalNs, intervalNsToField } from '../vrrp/timers.ts';
import { compareAddresses, vrrpGroup } from '../wire/address.ts';
import { CHECKSUM_EITHER } from '../wire/vrrp.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { inState, misread, toldOtherwise } from './protocol.ts';

const UNFORWARDED_TTL = 255;
const ADVERTISEMENT = 1;

/** What must be discarded is believed; what must be heard is discarded. */
export const RECEIVING: readonly Misbehaviour[] = [
  {
    name: 'believes-any-ttl',
    does: 'believes advertisements whatever their TTL or hop limit',
    breaks: ['rx.ttl'],
    protocol: misread(() => ({ ttl: UNFORWARDED_TTL })),
  },
  {
    name: 'believes-any-version',
    does: 'believes advertisements of another version',
    breaks: ['rx.version'],
    // Over IPv6 there is but one.
    only: { family: 'ipv4' },
    protocol: misread((message, { version, advertisementIntervalNs }) =>
      message.version === version
        ? {}
        : {
            version,
            interval: intervalNsToField(version, advertisementIntervalNs),
            authenticationType: 0,
            tooShort: false,
            checksum: CHECKSUM_EITHER,
          },
    ),
  },
  {
    name: 'believes-any-type',
    does: 'believes messages of an unknown type',
    breaks: ['rx.type'],
    protocol: misread(({ type, tooShort }) =>
      type === ADVERTISEMENT || tooShort ? {} : { type: ADVERTISEMENT, checksum: CHECKSUM_EITHER },
    ),
  },
  {
    name: 'believes-short',
    does: 'believes advertisements that are shorter than their address list',
    breaks: ['rx.length'],
    protocol: misread(({ tooShort }) => (tooShort ? { tooShort: false, checksum: CHECKSUM_EITHER } : {})),
  },
  {
    name: 'believes-any-checksum',
    does: 'believes advertisements with a wrong checksum',
    breaks: ['rx.checksum'],
    protocol: misread(({ tooShort }) => (tooShort ? {} : { checksum: CHECKSUM_EITHER })),
  },
  {
    name: 'believes-any-vrid',
    does: 'takes the advertisements of other virtual routers for those of its own',
    breaks: ['rx.vrid'],
    hears: (family, _virtualRouterId, own) => family === own.family,
    protocol: misread((_message, { virtualRouterId }) => ({ virtualRouterId })),
  },
  {
    name: 'believes-zero-count',
    does: 'believes advertisements without addresses',
    breaks: ['rx.count-zero'],
    only: { version: 3 },
    protocol: toldOtherwise(({ behaviour }) => ({ behaviour: { ...behaviour, discardZeroCount: false } })),
  },
  {
    name: 'believes-zero-interval',
    does: 'believes advertisements with an interval of 0',
    breaks: ['rx.interval-zero'],
    only: { version: 3 },
    protocol: toldOtherwise(({ behaviour }) => ({ behaviour: { ...behaviour, discardZeroInterval: false } })),
  },
  {
    name: 'believes-any-interval',
    does: 'believes advertisements with another interval, in version 2',
    breaks: ['rx.interval-mismatch.v2'],
    only: { version: 2 },
    protocol: toldOtherwise(({ behaviour }) => ({ behaviour: { ...behaviour, discardIntervalMismatchV2: false } })),
  },
  {
    name: 'discards-other-interval',
    does: 'discards advertisements with another interval, in version 3',
    breaks: ['rx.interval-mismatch.v3'],
    only: { version: 3 },
    protocol: discarding(
      'interval-mismatch',
      ({ interval }, { parameters: { advertisementIntervalNs } }) =>
        interval !== intervalNsToField(3, advertisementIntervalNs),
    ),
  },
  {
    name: 'believes-any-authentication',
    does: 'believes advertisements of another authentication type',
    breaks: ['rx.auth-type'],
    only: { version: 2 },
    protocol: misread((_message, { authenticationType }) => ({ authenticationType })),
  },
  {
    name: 'heeds-authentication-data',
    does: 'discards advertisements with authentication data under type 0',
    breaks: ['rx.auth-data'],
    only: { version: 2 },
    protocol: discarding('authentication-data', ({ authenticationData }) =>
      authenticationData.some((octet) => octet !== 0),
    ),
  },
  {
    name: 'owner-listens',
    does: 'hears advertisements though it owns the addresses',
    breaks: ['rx.owner'],
    only: { version: 2 },
    protocol: toldOtherwise(({ behaviour }) => ({ behaviour: { ...behaviour, ownerReceives: 'process' } })),
  },
  {
    name: 'owner-yields',
    does: 'ceases to be Active for any router, though it owns the addresses',
    breaks: ['rx.owner', 'active.hold'],
    protocol: toldOtherwise((parameters, state, input) => ({
      behaviour: { ...parameters.behaviour, ownerReceives: 'process' },
      ...(isOwner(parameters) && state?.kind === 'active' && input?.kind === 'advertisement' ? { priority: 1 } : {}),
    })),
  },
  {
    name: 'owner-deaf',
    does: 'discards what another owner of the addresses says',
    breaks: ['rx.owner.8298'],
    only: { version: 3 },
    protocol: toldOtherwise(({ behaviour }) => ({ behaviour: { ...behaviour, ownerReceives: 'discard' } })),
  },
  {
    name: 'heeds-reserved-bits',
    does: 'discards advertisements whose reserve bits are set',
    breaks: ['rx.reserved-ignored'],
    only: { version: 3 },
    protocol: discarding('type', ({ reserved }) => reserved !== 0),
  },
  {
    name: 'reads-reserved-bits-as-interval',
    does: 'takes the reserve bits for a part of the interval',
    breaks: ['rx.reserved-ignored'],
    only: { version: 3 },
    protocol: misread(({ reserved, interval }) => ({ interval: (reserved << 12) | interval })),
  },
  {
    name: 'believes-any-destination',
    does: 'believes advertisements that were not sent to the group',
    breaks: ['rx.wrong-group'],
    protocol: misread((_message, { family }) => ({ destinationAddress: vrrpGroup(family) })),
  },
  {
    name: 'hears-other-family',
    does: 'takes the advertisements of the other family for its own',
    breaks: ['family.independent'],
    only: { version: 3 },
    hears: (_family, virtualRouterId, own) => virtualRouterId === own.virtualRouterId,
    protocol: misread(({ sourceAddress }, { family, primaryAddress }) =>
      sourceAddress.length === primaryAddress.length
        ? {}
        : {
            sourceAddress: primaryAddress.map((octet) => octet ^ 1),
            destinationAddress: vrrpGroup(family),
            checksum: CHECKSUM_EITHER,
            tooShort: false,
          },
    ),
  },
  {
    name: 'answers-own-frames',
    does: 'takes its own advertisements for those of another router',
    breaks: ['active.assert', 'active.hold'],
    // In version 2 nobody answers.
    only: { version: 3 },
    protocol: misread(({ sourceAddress }, { primaryAddress }) =>
      compareAddresses(sourceAddress, primaryAddress) === 0
        ? { sourceAddress: primaryAddress.map((octet, index) => (index === primaryAddress.length - 1 ? 0 : octet)) }
        : {},
    ),
  },
  {
    name: 'held-up-by-bad-ones',
    does: 'starts its timers anew with each advertisement that it discards',
    breaks: ['rx.ttl', 'rx.version', 'rx.type', 'rx.length', 'rx.checksum'],
    protocol: heldUp,
  },
];

function discarding(
  reason: DiscardReason,
  isRefused: (message: ReceivedMessage, own: { readonly parameters: Parameters<Protocol['receive']>[0] }) => boolean,
): NonNullable<Misbehaviour['protocol']> {
  return (right) => ({
    ...right,
    receive: (parameters, message) =>
      isRefused(message, { parameters }) ? { verdict: 'discard', reason } : right.receive(parameters, message),
  });
}

/** What was discarded since the timer was set makes it run once more when it fires. */
function heldUp(right: Protocol): Protocol {
  let discarded = false;
  return {
    ...right,
    receive(parameters, message) {
      const reception = right.receive(parameters, message);
      discarded ||= reception.verdict === 'discard' && reception.reason !== 'own-frame';
      return reception;
    },
    step(virtualRouter, nowNs, input) {
      const { parameters, state } = virtualRouter;
      const isDue = input.kind === 'timer' && nowNs >= (right.deadlineNs(virtualRouter) ?? Number.POSITIVE_INFINITY);
      if (!isDue || !discarded) return right.step(virtualRouter, nowNs, input);
      discarded = false;
      const unchanged = { virtualRouter, actions: [] };
      if (state.kind === 'active') {
        return inState(unchanged, { ...state, advertiseAtNs: nowNs + parameters.advertisementIntervalNs });
      }
      if (state.kind !== 'backup') return unchanged;
      const downNs = activeDownIntervalNs(parameters.version, parameters.priority, state.activeIntervalNs);
      return inState(unchanged, { ...state, activeDownAtNs: nowNs + downNs });
    },
  };
}
