import type { FrameRecord } from '../../capture/frame.ts';
import { DIRECTION_IN, DIRECTION_OUT } from '../../capture/frame.ts';
import { MILLISECOND } from '../../capture/time.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { LINK_TYPE_LINUX_SLL } from '../../wire/link.ts';
import { duration } from '../rules/words.ts';
import type { Context } from './context.ts';
import { subjectOf } from './context.ts';
import { COPY_WITHIN_NS } from './copies.ts';
import { referenceTo } from './findings.ts';
import { newestOf, type Speaker } from './state.ts';

/**
 * Whether a frame that says what its sender said last is the very same packet once more, and not a new advertisement: it
 * arrives where it was sent, or (`identification` moves on with each of the sender's packets) it was seen before.
 */
export function isEcho(record: FrameRecord, frame: FrameCursor, speaker: Speaker): boolean {
  const isSamePacket = frame.identification === speaker.identification;
  if (record.direction === DIRECTION_IN && speaker.direction === DIRECTION_OUT) {
    // What a capture of every interface shows as arrived may have arrived at another one.
    return isSamePacket && frame.linkType !== LINK_TYPE_LINUX_SLL && frame.packetInterface === speaker.packetInterface;
  }
  return isSamePacket && speaker.identificationStep !== 0 && record.direction === speaker.direction;
}

/** Two routers that advertise so close together may hear each other only then. */
const ON_ITS_WAY_NS = 50 * MILLISECOND;

/**
 * Whether another router has sent the same meanwhile: two that have one source address send what cannot be told apart.
 */
export function isOfAnother({ router, lastNs }: Speaker): boolean {
  return router.virtualRouter.routers.some(
    (other) =>
      other !== router &&
      other.node !== undefined &&
      other.node !== router.node &&
      other.sourceAddress === router.sourceAddress &&
      newestOf(other) >= lastNs - ON_ITS_WAY_NS,
  );
}

/** What came back to where it was sent counts for nothing, but that it came back is told. */
export function reportEcho(context: Context, speaker: Speaker): void {
  const { router, lastNs } = speaker;
  const { record } = context;
  const cameHome = record.direction === DIRECTION_IN && speaker.direction === DIRECTION_OUT;
  const laterNs = record.timeNs - lastNs;
  // Several mirrored ports, or one in both directions, are seen so too.
  if (!cameHome && laterNs <= COPY_WITHIN_NS) return;
  context.findings.judged('lan.echo');
  context.findings.report(
    subjectOf(context, router.virtualRouter, router.name, router.version),
    {
      requirement: 'lan.echo',
      ...(cameHome ? { what: 'home' } : { what: 'again', level: 'information' as const }),
      message: cameHome
        ? `advertisements of ${router.name} come back to the port that sent them, ${duration(laterNs)} later: the LAN has a loop or reflects frames`
        : `the same packets of ${router.name} are seen again ${duration(laterNs)} later: the LAN has a loop, or two places are mirrored to this one`,
      expected: 'every advertisement once',
      seen: `one again after ${duration(laterNs)}`,
      advice:
        'look for a loop (spanning tree that is off, a bond whose ports the switch takes for single ones) and for switches that reflect what they receive',
    },
    [referenceTo(record)],
  );
}
