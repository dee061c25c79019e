import type { Announcements } from '../config/configuration.ts';
import type { Pace } from './pace.ts';

/** Sends the announcements of one virtual router as its configuration says how often. */
export interface Announcer {
  /**
   * On becoming Active: at once, once more after the configured delay, and for as long as it refreshes. Where it is
   * Active already, with the frames of those addresses that are new.
   */
  begin(fresh?: readonly Uint8Array[]): void;
  /** While Active: once more, for hosts may have lost them. */
  repeat(): void;
  /** Another router advertised a lower priority: hosts may have believed it. */
  repeatAfterLowerPriority(): void;
  /** Ceasing to be Active. */
  end(): void;
}

const MILLISECOND_NS = 1_000_000;
/** Frames that leave in one go; more wait for the event loop, so that advertisements are sent in between. */
const FRAMES_A_TURN = 64;

/**
 * @param frames one for each virtual address
 * @param pace of the interface; undefined: no pauses
 */
export function createAnnouncer(
  settings: Announcements,
  frames: readonly Uint8Array[],
  pace: Pace | undefined,
  send: (frame: Uint8Array) => void,
): Announcer {
  const timers = new Set<NodeJS.Timeout>();
  let refresh: NodeJS.Timeout | undefined;
  let generation = 0;
  let lowerPriorityPending = false;

  function later(delayNs: number, work: () => void): void {
    if (delayNs === 0) {
      work();
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, delayNs / MILLISECOND_NS);
    timers.add(timer);
  }

  /** Every address once, then every address again: what is lost is not one address's every frame. */
  function sendAll(repeat: number, some = frames): void {
    const total = repeat * some.length;
    const mine = generation;
    let next = 0;
    const turn = (): void => {
      if (mine !== generation) return;
      const end = pace === undefined ? Math.min(total, next + FRAMES_A_TURN) : next + 1;
      for (; next < end; next += 1) send(some[next % some.length]!);
      if (next < total) goOn();
    };
    const goOn = (): void => {
      if (pace === undefined) setImmediate(turn);
      else later(pace.reserve(), turn);
    };
    if (total === 0) return;
    if (pace === undefined) turn();
    else goOn();
  }

  return {
    begin(fresh = frames) {
      generation += 1;
      sendAll(settings.repeat, fresh);
      if (settings.delayNs > 0) later(settings.delayNs, () => sendAll(settings.repeat, fresh));
      if (settings.refreshNs > 0) {
        refresh = setInterval(() => sendAll(settings.refreshRepeat), settings.refreshNs / MILLISECOND_NS);
      }
    },
    repeat: () => sendAll(settings.repeat),
    repeatAfterLowerPriority() {
      const { lowerPriorityRepeat, lowerPriorityDelayNs } = settings;
      if (lowerPriorityRepeat === 0 || lowerPriorityPending) return;
      sendAll(lowerPriorityRepeat);
      if (lowerPriorityDelayNs === 0) return;
      lowerPriorityPending = true;
      later(lowerPriorityDelayNs, () => {
        lowerPriorityPending = false;
        sendAll(lowerPriorityRepeat);
      });
    },
    end() {
      generation += 1;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      clearInterval(refresh);
      lowerPriorityPending = false;
    },
  };
}
