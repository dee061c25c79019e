import { monotonicNow } from '../linux/clock.ts';
import type { DiscardReason, ReceivedMessage } from '../vrrp/receive.ts';
import type { State, TransitionReason } from '../vrrp/state.ts';
import { formatAddress } from '../wire/address.ts';
import type { Log } from './log.ts';
import type { NotifiedState } from './notify.ts';

/** What one virtual router says in the log. */
export interface Teller {
  say(text: string): void;
  /** The same error again and again is told now and then. */
  fail(error: Error): void;
  /** A message was discarded: each reason is told now and then. */
  discard(reason: DiscardReason, message: ReceivedMessage): void;
}

/** What happens again and again is told at most this often: an error, a discarded message for each reason. */
const TELL_AGAIN_AFTER_NS = 10_000_000_000;

/** A teller of the virtual router of that name. */
export function createTeller(log: Log, name: string): Teller {
  const discardsTold = new Map<DiscardReason, number>();
  let failure = { message: '', toldAtNs: 0 };

  function say(text: string): void {
    log.line(`(${name}) ${text}`);
  }

  return {
    say,
    fail({ message }) {
      const nowNs = monotonicNow();
      if (message === failure.message && nowNs - failure.toldAtNs < TELL_AGAIN_AFTER_NS) return;
      failure = { message, toldAtNs: nowNs };
      say(`error: ${message}`);
    },
    discard(reason, { sourceAddress }) {
      const nowNs = monotonicNow();
      if (nowNs - (discardsTold.get(reason) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_AFTER_NS) return;
      discardsTold.set(reason, nowNs);
      say(`discarded an advertisement from ${addressText(sourceAddress)}: ${reason}`);
    },
  };
}

/** States in the words of keepalived's log and scripts. */
export const NOTIFIED_STATES: Readonly<Record<State['kind'], NotifiedState>> = {
  initialize: 'STOP',
  backup: 'BACKUP',
  active: 'MASTER',
  fault: 'FAULT',
};

/** Why the state has changed, in words. */
export const REASON_TEXTS: Readonly<Record<TransitionReason, string>> = {
  startup: 'init',
  owner: 'the owner of the addresses',
  shutdown: 'shutdown',
  'higher-priority': 'received an advertisement with higher priority',
  'greater-address': 'received an advertisement with equal priority from a greater address',
  silence: 'Receive advertisement timeout',
  'priority-zero': 'received 0 priority',
  preemption: 'forced new election: the Active router has lower priority',
  'interface-lost': 'the interface is down',
  tracking: 'the interface has no source address',
  'fault-ended': 'the fault has ended',
  group: 'another of its group is Backup',
};

/** An address in network order as text. */
export function addressText(address: Uint8Array): string {
  return formatAddress(address, 0, address.length);
}
