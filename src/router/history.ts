import type { TransitionReason, VirtualRouter } from '../vrrp/state.ts';
import type { History } from './observe/statistics.ts';

type StateKind = VirtualRouter['state']['kind'];

/** Remembers how a virtual router came where it is. */
export interface HistoryKeeper {
  /** It has taken an advertisement from this address. */
  heard(sourceAddress: Uint8Array): void;
  changed(from: StateKind, to: StateKind, reason: TransitionReason): void;
  view(): History;
}

/** Nothing has happened yet. */
export function createHistory(): HistoryKeeper {
  let upSince: Date | undefined;
  let lastSource: Uint8Array | undefined;
  let lastReason: TransitionReason | undefined;
  let activeReason: TransitionReason | undefined;
  return {
    heard(sourceAddress) {
      lastSource = sourceAddress;
    },
    changed(from, to, reason) {
      if (to === 'initialize') upSince = undefined;
      else if (from === 'initialize') upSince = new Date();
      lastReason = reason;
      if (to === 'active') activeReason = reason;
    },
    view: () => ({ upSince, lastSource, lastReason, activeReason }),
  };
}
