import { MILLISECOND, type Nanoseconds, SECOND } from '../capture/time.ts';

/** A time without answers that is over, or not yet. */
export interface LiveOutage {
  /** Requests in a row that were not answered. */
  readonly lost: number;
  /** When the first of them left. */
  readonly beganNs: Nanoseconds;
  /** When the first request left that was answered again; absent while it goes on. */
  readonly endedNs?: Nanoseconds;
  /** At least and at most so long, by the times at which requests left; while it goes on, until now. */
  readonly fromNs: number;
  readonly toNs: number;
}

/** Follows the requests of one probe while it goes on. Memory is bounded, however long it takes. */
export interface LiveOutages {
  /** The next request left. @returns its sequence number, 16 bits */
  sent(timeNs: Nanoseconds): number;
  /** A reply came. */
  answered(sequence: number, timeNs: Nanoseconds): void;
  /** What is decided by now: outages that ended since the last look, and the one that goes on. */
  look(nowNs: Nanoseconds): { readonly ended: readonly LiveOutage[]; readonly current: LiveOutage | undefined };
  readonly requests: number;
  readonly answers: number;
  readonly duplicates: number;
}

const SEQUENCES = 0x10000;
const NEVER = -1;
/** After a later request was answered, an earlier one may have its answer still on the way for so long. */
const OVERTAKEN_NS = 50 * MILLISECOND;
/** Without any answer, a request is given up after so long. */
const GIVEN_UP_NS = SECOND;

/** Follows a probe from its first request on. Requests before the first answer are no outage: nobody was there yet. */
export function createLiveOutages(): LiveOutages {
  const sentAt = new Float64Array(SEQUENCES);
  const answeredAt = new Float64Array(SEQUENCES).fill(NEVER);
  let requests = 0;
  let answers = 0;
  let duplicates = 0;
  /** Requests before this one are decided. */
  let decided = 0;
  let newestAnswered = NEVER;
  let newestAnswerNs = 0;
  let lastGoodNs: Nanoseconds | undefined;
  let run: { lost: number; firstNs: Nanoseconds; lastNs: Nanoseconds } | undefined;

  function isDecided(position: number, nowNs: Nanoseconds): boolean {
    const slot = position % SEQUENCES;
    if (answeredAt[slot] !== NEVER) return true;
    if (newestAnswered > position && nowNs - newestAnswerNs >= OVERTAKEN_NS) return true;
    return nowNs - sentAt[slot]! >= GIVEN_UP_NS;
  }

  function outage(lost: NonNullable<typeof run>, endNs: Nanoseconds, isOver: boolean): LiveOutage {
    return {
      lost: lost.lost,
      beganNs: lost.firstNs,
      ...(isOver ? { endedNs: endNs } : {}),
      fromNs: lost.lastNs - lost.firstNs,
      toNs: endNs - lastGoodNs!,
    };
  }

  return {
    sent(timeNs) {
      const slot = requests % SEQUENCES;
      sentAt[slot] = timeNs;
      answeredAt[slot] = NEVER;
      requests += 1;
      return slot;
    },
    answered(sequence, timeNs) {
      // The newest request of that number that has left.
      const position = requests - 1 - ((((requests - 1 - sequence) % SEQUENCES) + SEQUENCES) % SEQUENCES);
      if (position < 0) return;
      const slot = position % SEQUENCES;
      if (answeredAt[slot] !== NEVER) {
        duplicates += 1;
        return;
      }
      answers += 1;
      answeredAt[slot] = timeNs;
      if (position > newestAnswered) {
        newestAnswered = position;
        newestAnswerNs = timeNs;
      }
    },
    look(nowNs) {
      const ended: LiveOutage[] = [];
      for (; decided < requests && isDecided(decided, nowNs); decided += 1) {
        const slot = decided % SEQUENCES;
        const timeNs = sentAt[slot]!;
        if (answeredAt[slot] !== NEVER) {
          if (run !== undefined) ended.push(outage(run, timeNs, true));
          run = undefined;
          lastGoodNs = timeNs;
        } else if (lastGoodNs !== undefined) {
          run ??= { lost: 0, firstNs: timeNs, lastNs: timeNs };
          run.lost += 1;
          run.lastNs = timeNs;
        }
      }
      return { ended, current: run === undefined ? undefined : outage(run, nowNs, false) };
    },
    get requests() {
      return requests;
    },
    get answers() {
      return answers;
    },
    get duplicates() {
      return duplicates;
    },
  };
}
