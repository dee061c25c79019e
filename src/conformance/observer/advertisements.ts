import type { FrameRecord } from '../../capture/frame.ts';
import { DIRECTION_IN, DIRECTION_UNKNOWN } from '../../capture/frame.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { LINK_TYPE_LINUX_SLL } from '../../wire/link.ts';
import { read32 } from '../../wire/octets.ts';
import { createVrrpCursor, readVrrp } from '../../wire/vrrp.ts';
import { noteSeen } from '../causes/witness.ts';
import { isErratumOn } from '../errata.ts';
import { createAcceptance } from './acceptance.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf } from './context.ts';
import { COPY_WITHIN_NS } from './copies.ts';
import { noteDisbelieved } from './disbelieved.ts';
import { isEcho, isOfAnother, reportEcho } from './echoes.ts';
import { countMore, FRAMES_PER_FINDING, referenceTo, repeat } from './findings.ts';
import { takeHeard } from './hearing.ts';
import { continueSteadily, takeAdvertisement } from './history.ts';
import { followIdentification, isNumbering } from './identifications.ts';
import type { Place } from './lans.ts';
import type { Message } from './message.ts';
import { describeMessage } from './message.ts';
import { learnNeighbour, neighbourKey } from './neighbours.ts';
import { createNewestHeard } from './newest-heard.ts';
import { hasWrongHeader, mayBeUnfinished } from './offload.ts';
import { destinationWord, isCopyToAnotherPeer, notePeer } from './peers.ts';
import { createRepetitions } from './repetitions.ts';
import { createSpeakerTable, versionAndFamilyOf } from './speakers.ts';
import type { LanState, RouterState, Speaker } from './state.ts';
import { NEVER } from './state.ts';
import type { VirtualRouters } from './virtual-routers.ts';

/** Repetitions that are noted one by one, for their frames; the others are counted alone. */
const NOTED_REPETITIONS = FRAMES_PER_FINDING;
/** Interfaces at which one router is remembered. */
const PLACES = 64;

/** Takes advertisements: the path that a million of them must pass in a moment. Nothing is allocated for a repetition. */
export interface Advertisements {
  take(place: Place, lan: LanState, frame: FrameCursor): void;
  /** Brings every finding's count up to date. */
  settle(): void;
  /** Those that were believed. */
  readonly count: number;
  readonly limitReached: boolean;
}

export function createAdvertisements(context: Context, virtualRouters: VirtualRouters): Advertisements {
  const speakers = createSpeakerTable(context.limits.senders);
  const vrrp = createVrrpCursor();
  const { virtualRouterIds } = context.options;
  const repetitions = createRepetitions();
  const acceptance = createAcceptance(context);
  const newestHeard = createNewestHeard();
  // A field, because a variable of a closure would be read anew for each use.
  const last: { speaker: Speaker | undefined } = { speaker: undefined };
  let count = 0;
  let limitReached = false;

  /** No receiver looks at it, and neither do rules; that it was there is told. */
  function isBroken(place: Place, frame: FrameCursor): boolean {
    if (!hasWrongHeader(place, context.record, frame)) return false;
    noteSeen(context.witness.broken, context.record);
    return true;
  }

  function describe(place: Place, lan: LanState, frame: FrameCursor): Message {
    const { record } = context;
    readVrrp(vrrp, record.bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd, frame.addressLength);
    const unfinished = mayBeUnfinished(place, record, frame, vrrp);
    const message = describeMessage(record, frame, vrrp, unfinished, context.options.errata);
    return acceptance.asAccepted(lan, message);
  }

  function addSpeaker(place: Place, lan: LanState, frame: FrameCursor): Speaker | undefined {
    if (speakers.size >= context.limits.senders) {
      limitReached = true;
      return undefined;
    }
    const { bytes } = context.record;
    const message = describe(place, lan, frame);
    const source = bytes.subarray(frame.sourceAddress, frame.sourceAddress + frame.addressLength);
    const router = virtualRouters.assign(lan, message, source, place.sender.node);
    if (router === undefined) return undefined;
    const isIpv6 = frame.addressLength === 16;
    // What every repetition needs comes first: it is then in the same lines of the processor's cache.
    const speaker: Speaker = {
      index: speakers.size,
      lanIndex: lan.index,
      nodeIndex: place.nodeIndex,
      next: undefined,
      router,
      isActive: false,
      isFaulty: false,
      repetitions: 0,
      identification: -1,
      formerIdentification: -1,
      identificationStep: 0,
      steadySteps: 0,
      direction: DIRECTION_UNKNOWN,
      packetInterface: -1,
      destination: destinationWord(bytes, frame),
      versionAndFamily: versionAndFamilyOf(bytes, frame),
      lastNs: NEVER,
      message,
      standing: [],
      virtualRouterId: bytes[frame.transportOffset + 1]!,
      word0: isIpv6 ? read32(source, 0) | 0 : 0,
      word1: isIpv6 ? read32(source, 4) | 0 : 0,
      word2: isIpv6 ? read32(source, 8) | 0 : 0,
      word3: read32(source, isIpv6 ? 12 : 0) | 0,
    };
    speakers.add(speaker);
    return speaker;
  }

  /**
   * Senders take turns, mostly in the order of the interval before: whoever spoke next then is looked at first. Its newest
   * message once more, at the same place, can be of nobody else; anything else has yet to be found.
   */
  function expectedSpeaker(place: Place, lan: LanState, frame: FrameCursor): Speaker | undefined {
    const expected = last.speaker?.next;
    if (expected === undefined || expected.lanIndex !== lan.index || expected.nodeIndex !== place.nodeIndex)
      return undefined;
    return repetitions.isRepetition(context.record.bytes, frame, expected) ? expected : undefined;
  }

  function follow(speaker: Speaker): void {
    if (last.speaker !== undefined && last.speaker.next !== speaker) last.speaker.next = speaker;
    last.speaker = speaker;
  }

  /** A known sender says something that it did not say before, or not last. */
  function takeAnotherMessage(place: Place, lan: LanState, frame: FrameCursor, speaker: Speaker): void {
    const { bytes } = context.record;
    const message = describe(place, lan, frame);
    const source = bytes.subarray(frame.sourceAddress, frame.sourceAddress + frame.addressLength);
    speaker.router = virtualRouters.assign(lan, message, source, place.sender.node) ?? speaker.router;
    speaker.message = message;
  }

  /** Judges the sender's new message, and keeps it for comparison. */
  function judgeMessage(lan: LanState, frame: FrameCursor, speaker: Speaker): void {
    const { bytes } = context.record;
    const { message, router } = speaker;
    speaker.isActive = message.believable && message.priority > 0;
    learnSender(lan, frame, message);
    speaker.standing = context.judge.message(
      {
        message,
        router,
        virtualRouter: router.virtualRouter,
        relayedFrom: relayedFrom(lan, message),
        linkLocalFirst: isErratumOn(context.options.errata, 8300),
        vantage: context.vantage,
        intentOf: (one) => intentOf(context, one),
      },
      subjectOf(context, router.virtualRouter, router.name, message.version),
      [referenceTo(context.record)],
    );
    speaker.isFaulty = speaker.standing.length > 0;
    router.newest = message;
    noteMessage(router, message);
    repetitions.remember(bytes, frame, speaker);
  }

  /** Where a message of another LAN is at home that has lost a hop on its way here. */
  function relayedFrom(lan: LanState, message: Message): string | undefined {
    if (message.unicast || !message.toGroup) return undefined;
    const elsewhere = virtualRouters.elsewhere(lan, message.virtualRouterId, message.family);
    if (elsewhere.length === 0) return undefined;
    if (message.hopLimit === 255) return 'none';
    const home = elsewhere.find(({ routers }) => routers.some(({ sourceAddress }) => sourceAddress === message.source));
    return home?.key.lan;
  }

  /** A physical MAC address that advertises is the sender's own. */
  function learnSender(lan: LanState, frame: FrameCursor, message: Message): void {
    const { bytes } = context.record;
    if (frame.sourceMac < 0 || !message.believable || message.addresses.includes(message.source)) return;
    if (bytes[frame.sourceMac + 2] === 0x5e && bytes[frame.sourceMac] === 0) return;
    // Behind a routed hop, which unicast alone may take, it is the last gateway's.
    if (message.hopLimit !== 255) return;
    learnNeighbour(context, lan, neighbourKey(bytes, frame.sourceMac, message.family), message.source);
  }

  /** The message was sent once more: what is wrong with it is wrong once more. */
  function countRepetition(speaker: Speaker): void {
    speaker.repetitions++;
    if (speaker.repetitions > NOTED_REPETITIONS) return;
    for (const finding of speaker.standing) repeat(finding, context.record);
  }

  /** What arrives at a node's port says, unless it is broken. */
  function arrivedMessage(place: Place, lan: LanState, frame: FrameCursor): Message | undefined {
    const { record } = context;
    const { intent } = context.options;
    const known = newestHeard.find(record, frame, lan, intent);
    if (known !== undefined) return known;
    if (isBroken(place, frame)) return undefined;
    const message = describe(place, lan, frame);
    newestHeard.remember(record, frame, lan, intent, message);
    return message;
  }

  /** What arrives at a node's port: from another one, or its own that came back. */
  function hear(place: Place, lan: LanState, frame: FrameCursor): void {
    const message = arrivedMessage(place, lan, frame);
    if (message === undefined) return;
    const own = speakers.find(context.record.bytes, frame, lan.index, place.nodeIndex);
    const isRepetition = own !== undefined && repetitions.isRepetition(context.record.bytes, frame, own);
    if (isRepetition && !isOfAnother(own)) {
      if (isEcho(context.record, frame, own)) reportEcho(context, own);
      return;
    }
    takeHeard(context, virtualRouters, lan, place, message);
  }

  /** A host that captures at all its interfaces sees a frame at each that it passes: that is no echo, and this format does not name them. */
  function noteEcho({ linkType }: FrameCursor, { lastNs }: Speaker): void {
    const mayBePassing = linkType === LINK_TYPE_LINUX_SLL && context.record.timeNs - lastNs <= COPY_WITHIN_NS;
    if (!mayBePassing) noteSeen(context.witness.echoes, context.record);
  }

  /** Brings the counts of findings up to date with repetitions that were not noted one by one. */
  function settle(speaker: Speaker): void {
    const uncounted = speaker.repetitions - NOTED_REPETITIONS;
    if (uncounted > 0) for (const finding of speaker.standing) countMore(finding, uncounted, speaker.lastNs);
    speaker.repetitions = 0;
  }

  return {
    take(place, lan, frame) {
      const { record } = context;
      const { bytes, timeNs } = record;
      if (virtualRouterIds !== undefined && !virtualRouterIds.has(bytes[frame.transportOffset + 1]!)) return;
      if (place.nodeIndex !== 0 && record.direction === DIRECTION_IN) {
        hear(place, lan, frame);
        return;
      }
      const expected = expectedSpeaker(place, lan, frame);
      const known = expected ?? speakers.find(bytes, frame, lan.index, place.nodeIndex);
      if (known === undefined && isBroken(place, frame)) return;
      const speaker = known ?? addSpeaker(place, lan, frame);
      if (speaker === undefined) return;
      const repeated = expected !== undefined || repetitions.isRepetition(bytes, frame, speaker);
      follow(speaker);
      if (repeated) {
        if (isEcho(record, frame, speaker)) {
          noteEcho(frame, speaker);
          reportEcho(context, speaker);
          return;
        }
        // At its own port what a router sends twice was sent twice; IPv6 has no identification that would tell.
        const mayBeCopy = place.nodeIndex === 0 && frame.identification === speaker.identification;
        if (mayBeCopy && timeNs - speaker.lastNs <= COPY_WITHIN_NS) {
          noteEcho(frame, speaker);
          return;
        }
        if (speaker.isFaulty) countRepetition(speaker);
      } else {
        if (known !== undefined && isBroken(place, frame)) return;
        settle(speaker);
        if (known !== undefined) takeAnotherMessage(place, lan, frame, speaker);
        judgeMessage(lan, frame, speaker);
      }
      const sentBeforeNs = speaker.lastNs;
      followIdentification(context, speaker, frame.identification);
      speaker.direction = record.direction;
      speaker.packetInterface = frame.packetInterface;
      speaker.lastNs = timeNs;
      const { router } = speaker;
      if (context.interfaces.length > 1) notePlaces(router, record);
      if (speaker.destination !== 0 && speaker.message.believable) {
        if (isCopyToAnotherPeer(context, speaker, sentBeforeNs)) return;
      }
      if (repeated && speaker.isActive && continueSteadily(context, router, speaker.versionAndFamily >> 5)) {
        count++;
        return;
      }
      const { message } = speaker;
      if (!message.believable) {
        noteSeen(router.unbelieved, record);
        if (place.nodeIndex === 0) noteDisbelieved(context, router.virtualRouter, message, undefined);
        return;
      }
      count++;
      router.isWatchedClosely = place.nodeIndex !== 0 || isNumbering(speaker);
      takeAdvertisement(context, router, message, timeNs, repeated);
    },
    settle() {
      for (const speaker of speakers.all) settle(speaker);
    },
    get count() {
      return count;
    },
    get limitReached() {
      return limitReached;
    },
  };
}

/** Where a router's advertisement was seen, of several places. */
function notePlaces({ seenAt }: RouterState, { interfaceIndex, places }: FrameRecord): void {
  const count = (index: number) => {
    if (seenAt.has(index) || seenAt.size < PLACES) seenAt.set(index, (seenAt.get(index) ?? 0) + 1);
  };
  count(interfaceIndex);
  for (const place of places ?? []) count(place.interfaceIndex);
}

function noteMessage(router: RouterState, message: Message): void {
  if (!message.believable) return;
  router.addresses = message.addresses;
  router.checksumConvention = message.checksumConvention;
  const version = message.version === 2 ? 2 : 3;
  if (!router.versions.includes(version)) router.versions.push(version);
  notePeer(router, message);
  if (message.priority > 0 && router.priorities.length < 16 && !router.priorities.includes(message.priority)) {
    router.priorities.push(message.priority);
  }
}
