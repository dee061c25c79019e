import type { Nanoseconds } from '../capture/time.ts';

/** What must hold whatever happens, each by its name. */
export const INVARIANTS = {
  'two-active': 'at most one Active among routers that hear each other, after a bounded time',
  'none-active': 'never none for longer than the bound',
  'wrong-active': 'the right one in the end',
  flapping: 'no change of who is Active when nothing happens',
  'needless-change': 'no change of who is Active because of another router that has no claim',
  blackhole: 'no host without an answer for longer than the bound',
  'wrong-port': 'the switch does not keep the virtual MAC on the wrong port',
} as const;
export type Invariant = keyof typeof INVARIANTS;

/** An invariant that was broken, where and when. */
export interface Violation {
  readonly invariant: Invariant;
  readonly virtualRouterId: number;
  /** When it was seen at the latest, on the clock of the stage. */
  readonly timeNs: Nanoseconds;
  /** The router that is Active and should not be, or should be and is not. */
  readonly router: string;
  /** What happened, in one sentence. */
  readonly sentence: string;
}
