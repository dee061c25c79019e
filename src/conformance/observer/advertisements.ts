import { DIRECTION_IN, DIRECTION_OUT } from '../../capture/frame.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { isIpv4ChecksumRight } from '../../wire/ipv4.ts';
import { read32 } from '../../wire/octets.ts';
import { createVrrpCursor, readVrrp } from '../../wire/vrrp.ts';
import { isErratumOn } from '../errata.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf } from './context.ts';
import { COPY_WITHIN_NS } from './copies.ts';
import { countMore, FRAMES_PER_FINDING, referenceTo, repeat } from './findings.ts';
import { takeHeard } from './hearing.ts';
import { continueSteadily, takeAdvertisement } from './history.ts';
import type { Place } from './lans.ts';
import type { Message } from './message.ts';
import { describeMessage } from './message.ts';
import { learnNeighbour, neighbourKey } from './neighbours.ts';
import { destinationWord, isCopyToAnotherPeer, notePeer } from './peers.ts';
import { createSpeakerTable, versionAndFamilyOf } from './speakers.ts';
import type { LanState, RouterState, Speaker } from './state.ts';
import { NEVER } from './state.ts';
import type { VirtualRouters } from './virtual-routers.ts';

/** Octets of a message that are compared with the newest one of its sender; longer ones are judged each time. */
const SEEN_LENGTH = 1600;
const NO_BYTES = new Uint8Array(0);
const NOTHING_SEEN = new Int32Array(0);
/** Repetitions that are noted one by one, for their frames; the others are counted alone. */
const NOTED_REPETITIONS = FRAMES_PER_FINDING;
/** Both MAC addresses of a frame. */
const MAC_WORDS = 3;
/** Words of an IPv4 header before its source address. */
const HEADER_WORDS_BEFORE_SOURCE = 3;

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
  const viewed: { bytes: Uint8Array; view: DataView } = { bytes: NO_BYTES, view: new DataView(NO_BYTES.buffer) };
  let count = 0;
  let limitReached = false;

  function describe(place: Place, frame: FrameCursor): Message {
    const { record } = context;
    readVrrp(vrrp, record.bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd, frame.addressLength);
    const takenOnSender = place.nodeIndex === 0 && record.direction === DIRECTION_OUT;
    return describeMessage(record, frame, vrrp, takenOnSender, context.options.errata);
  }

  function addSpeaker(place: Place, lan: LanState, frame: FrameCursor): Speaker | undefined {
    if (speakers.size >= context.limits.senders) {
      limitReached = true;
      return undefined;
    }
    const { bytes } = context.record;
    const message = describe(place, frame);
    const source = bytes.subarray(frame.sourceAddress, frame.sourceAddress + frame.addressLength);
    const router = virtualRouters.assign(lan, message, source, place.sender.node);
    if (router === undefined) return undefined;
    const isIpv6 = frame.addressLength === 16;
    const speaker: Speaker = {
      lanIndex: lan.index,
      virtualRouterId: bytes[frame.transportOffset + 1]!,
      versionAndFamily: versionAndFamilyOf(bytes, frame),
      nodeIndex: place.nodeIndex,
      destination: destinationWord(bytes, frame),
      word0: isIpv6 ? read32(source, 0) | 0 : 0,
      word1: isIpv6 ? read32(source, 4) | 0 : 0,
      word2: isIpv6 ? read32(source, 8) | 0 : 0,
      word3: read32(source, isIpv6 ? 12 : 0) | 0,
      router,
      seen: NOTHING_SEEN,
      identification: -1,
      lastNs: NEVER,
      message,
      isActive: false,
      standing: [],
      repetitions: 0,
    };
    speakers.add(speaker);
    return speaker;
  }

  /** A message that the sender did not send before (or not last): judged, and kept for comparison. */
  function judgeMessage(place: Place, lan: LanState, frame: FrameCursor, speaker: Speaker): void {
    const { bytes } = context.record;
    const message = describe(place, frame);
    const source = bytes.subarray(frame.sourceAddress, frame.sourceAddress + frame.addressLength);
    const router = virtualRouters.assign(lan, message, source, place.sender.node) ?? speaker.router;
    speaker.router = router;
    speaker.message = message;
    speaker.isActive = message.believable && message.priority > 0;
    learnSender(lan, frame, message);
    speaker.standing = context.judge.message(
      {
        message,
        router,
        virtualRouter: router.virtualRouter,
        linkLocalFirst: isErratumOn(context.options.errata, 8300),
        vantage: context.vantage,
        intentOf: (one) => intentOf(context, one),
      },
      subjectOf(context, router.virtualRouter, router.name, message.version),
      [referenceTo(context.record)],
    );
    noteMessage(router, message);
    remember(frame, speaker);
  }

  /** A physical MAC address that advertises is the sender's own. */
  function learnSender(lan: LanState, frame: FrameCursor, message: Message): void {
    const { bytes } = context.record;
    if (frame.sourceMac < 0 || !message.believable || message.addresses.includes(message.source)) return;
    if (bytes[frame.sourceMac + 2] === 0x5e && bytes[frame.sourceMac] === 0) return;
    // Behind a routed hop it is the last gateway's.
    if (message.unicast && message.hopLimit !== 255) return;
    learnNeighbour(context, lan, neighbourKey(bytes, frame.sourceMac, message.family), message.source);
  }

  function remember(frame: FrameCursor, speaker: Speaker): void {
    const { bytes } = context.record;
    const length = frame.transportEnd - frame.networkOffset;
    const words = MAC_WORDS + (length >> 2);
    if (length > SEEN_LENGTH || (length & 3) !== 0) {
      speaker.seen = NOTHING_SEEN;
      return;
    }
    if (speaker.seen.length !== words) speaker.seen = new Int32Array(words);
    const { seen } = speaker;
    const view = viewOf(bytes);
    for (let word = 0; word < MAC_WORDS; word++) seen[word] = macWord(view, frame, word);
    for (let word = MAC_WORDS; word < words; word++) {
      seen[word] = view.getInt32(frame.networkOffset + 4 * (word - MAC_WORDS), true);
    }
  }

  /** Readers hand out one buffer for many frames, so the view of the newest one is kept. */
  function viewOf(bytes: Uint8Array): DataView {
    if (bytes !== viewed.bytes) {
      viewed.bytes = bytes;
      viewed.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return viewed.view;
  }

  /** The message was sent once more: what is wrong with it is wrong once more. */
  function countRepetition(speaker: Speaker): void {
    speaker.repetitions++;
    if (speaker.repetitions > NOTED_REPETITIONS) return;
    for (const finding of speaker.standing) repeat(finding, context.record);
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
        if (hasWrongHeader(bytes, frame)) return;
        takeHeard(context, virtualRouters, lan, place, describe(place, frame));
        return;
      }
      let speaker = speakers.find(bytes, frame, lan.index, place.nodeIndex);
      if (speaker === undefined) {
        if (hasWrongHeader(bytes, frame)) return;
        speaker = addSpeaker(place, lan, frame);
        if (speaker === undefined) return;
      }
      const repeated = isRepetition(viewOf(bytes), frame, speaker);
      if (repeated) {
        if (timeNs - speaker.lastNs <= COPY_WITHIN_NS && frame.identification === speaker.identification) return;
        if (speaker.standing.length > 0) countRepetition(speaker);
      } else {
        if (hasWrongHeader(bytes, frame)) return;
        settle(speaker);
        judgeMessage(place, lan, frame, speaker);
      }
      const sentBeforeNs = speaker.lastNs;
      speaker.identification = frame.identification;
      speaker.lastNs = timeNs;
      const { router } = speaker;
      if (speaker.destination !== 0 && speaker.message.believable) {
        if (isCopyToAnotherPeer(context, speaker, sentBeforeNs)) return;
      }
      if (repeated && speaker.isActive && continueSteadily(context, router, speaker.versionAndFamily >> 5)) {
        count++;
        return;
      }
      const { message } = speaker;
      if (!message.believable) return;
      count++;
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

/** A broken IPv4 header: no receiver looks at what it carries. */
function hasWrongHeader(bytes: Uint8Array, frame: FrameCursor): boolean {
  return frame.addressLength === 4 && !isIpv4ChecksumRight(bytes, frame.networkOffset, frame.transportOffset);
}

/**
 * Whether the frame says what the newest one of its sender said: the same MAC addresses and IP packet, but for the
 * identification and the header checksum that follows from it: their sum is the same where both are right.
 */
function isRepetition(view: DataView, frame: FrameCursor, { seen }: Speaker): boolean {
  const network = frame.networkOffset;
  const words = MAC_WORDS + ((frame.transportEnd - network) >> 2);
  if (seen.length !== words || ((frame.transportEnd - network) & 3) !== 0) return false;
  const macs = frame.destinationMac;
  if (macs >= 0) {
    if (seen[0] !== view.getInt32(macs, true)) return false;
    if (seen[1] !== view.getInt32(macs + 4, true) || seen[2] !== view.getInt32(macs + 8, true)) return false;
  } else if (seen[1] !== macWord(view, frame, 1) || seen[2] !== macWord(view, frame, 2)) {
    return false;
  }
  let word = MAC_WORDS;
  if (frame.addressLength === 4) {
    if (!isSameHeader(view, network, seen)) return false;
    word += HEADER_WORDS_BEFORE_SOURCE;
  }
  for (let offset = network + 4 * (word - MAC_WORDS); word < words; word++, offset += 4) {
    if (seen[word] !== view.getInt32(offset, true)) return false;
  }
  return true;
}

/** Destination and source MAC address as three words; cooked captures have a source alone, others none. */
function macWord(view: DataView, frame: FrameCursor, word: number): number {
  if (frame.destinationMac >= 0) return view.getInt32(frame.destinationMac + 4 * word, true);
  if (frame.sourceMac < 0 || word === 0) return 0;
  return word === 1 ? view.getInt32(frame.sourceMac, true) : view.getUint16(frame.sourceMac + 4, true);
}

/** The three words before an IPv4 header's source address; read as little-endian, as everything that is compared. */
function isSameHeader(view: DataView, network: number, seen: Int32Array): boolean {
  if (seen[MAC_WORDS] !== view.getInt32(network, true)) return false;
  const fragment = view.getInt32(network + 4, true);
  const checksum = view.getInt32(network + 8, true);
  const seenFragment = seen[MAC_WORDS + 1]!;
  const seenChecksum = seen[MAC_WORDS + 2]!;
  if ((fragment ^ seenFragment) >>> 16 !== 0 || ((checksum ^ seenChecksum) & 0xffff) !== 0) return false;
  return foldedPair(fragment, checksum) === foldedPair(seenFragment, seenChecksum);
}

/** The sum of identification and header checksum with its carry added back; the same in either byte order (RFC 1071 §2). */
function foldedPair(identificationWord: number, checksumWord: number): number {
  const sum = (identificationWord & 0xffff) + (checksumWord >>> 16);
  return (sum & 0xffff) + (sum >>> 16);
}
