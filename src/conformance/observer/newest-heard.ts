import type { FrameRecord } from '../../capture/frame.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import type { Message } from './message.ts';
import type { LanState } from './state.ts';

/** Octets of a frame that is compared; longer ones are read at each port. */
const LONGEST = 256;

/**
 * The advertisement that arrived at a port last, once what it says is known: a switch brings the same frame to one port
 * after the other. It depends on nothing but the frame's octets, its link layer and the LAN, as long as both ports are a
 * node's and nobody has said anew what is meant.
 */
export interface NewestHeard {
  /** What the frame says if it is octet by octet the newest one, on the same LAN. */
  find(record: FrameRecord, frame: FrameCursor, lan: LanState, intent: object | undefined): Message | undefined;
  /** Remembers an advertisement that is not broken. */
  remember(record: FrameRecord, frame: FrameCursor, lan: LanState, intent: object | undefined, message: Message): void;
}

export function createNewestHeard(): NewestHeard {
  const octets = new Uint8Array(LONGEST);
  // One object, because variables of a closure would be read anew for each use.
  const newest = {
    length: -1,
    originalLength: 0,
    linkType: -1,
    lan: undefined as LanState | undefined,
    intent: undefined as object | undefined,
    message: undefined as Message | undefined,
  };

  return {
    find(record, { linkType }, lan, intent) {
      const { bytes, start, end, originalLength } = record;
      const isComparable =
        end - start === newest.length &&
        originalLength === newest.originalLength &&
        linkType === newest.linkType &&
        lan === newest.lan &&
        intent === newest.intent;
      if (!isComparable) return undefined;
      for (let offset = start, at = 0; offset < end; offset++, at++) {
        if (bytes[offset] !== octets[at]) return undefined;
      }
      return newest.message;
    },
    remember(record, { linkType }, lan, intent, message) {
      const { bytes, start, end } = record;
      newest.length = -1;
      if (end - start > LONGEST) return;
      octets.set(bytes.subarray(start, end));
      newest.length = end - start;
      newest.originalLength = record.originalLength;
      newest.linkType = linkType;
      newest.lan = lan;
      newest.intent = intent;
      newest.message = message;
    },
  };
}
