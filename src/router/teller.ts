import { monotonicNow } from '../linux/clock.ts';
import type { DiscardReason, ReceivedMessage, Remark } from '../vrrp/receive.ts';
import type { State, TransitionReason } from '../vrrp/state.ts';
import { formatAddress } from '../wire/address.ts';
import type { Family } from '../wire/vrrp.ts';
import type { Log, LogFields } from './log.ts';
import type { NotifiedState } from './notify.ts';

/** What one virtual router says in the log. */
export interface Teller {
  say(text: string, fields?: LogFields): void;
  /** The same error again and again is told now and then. */
  fail(error: Error): void;
  /** A message was discarded: each reason is told now and then, with how many there were since. */
  discard(reason: DiscardReason, message: ReceivedMessage): void;
  /** A message was taken, and says something that is worth a line: as `discard`. */
  remark(remark: Remark, message: ReceivedMessage): void;
  /** It gave way and became Active again so many times within a minute: as `discard`. */
  flapping(times: number): void;
  /** In v2/v3 mode: who is Active sends version 3 alone, so that Backups of version 2 take over. As `discard`. */
  version3Alone(sourceAddress: Uint8Array): void;
}

/** What happens again and again is told at most this often: an error, a message for each reason. */
const TELL_AGAIN_AFTER_NS = 10_000_000_000;

type Irregularity = 'flapping' | 'version-3-alone';

/** A teller of the virtual router of that name. */
export function createTeller(log: Log, name: string): Teller {
  const told = new Map<string, { atNs: number; untold: number }>();
  let failure = { message: '', toldAtNs: 0 };

  function say(text: string, fields: LogFields = {}): void {
    log.line(`(${name}) ${text}`, { instance: name, ...fields });
  }

  function sayNowAndThen(about: DiscardReason | Remark | Irregularity, text: string, fields: LogFields): void {
    const nowNs = monotonicNow();
    const last = told.get(about);
    if (last !== undefined && nowNs - last.atNs < TELL_AGAIN_AFTER_NS) {
      last.untold += 1;
      return;
    }
    const untold = last?.untold ?? 0;
    told.set(about, { atNs: nowNs, untold: 0 });
    say(untold === 0 ? text : `${text} (and ${untold} more since it was told last)`, { ...fields, untold });
  }

  return {
    say,
    fail({ message }) {
      const nowNs = monotonicNow();
      if (message === failure.message && nowNs - failure.toldAtNs < TELL_AGAIN_AFTER_NS) return;
      failure = { message, toldAtNs: nowNs };
      say(`error: ${message}`, { level: 'error', event: 'error' });
    },
    discard(reason, { sourceAddress }) {
      const source = addressText(sourceAddress);
      const fields = { level: 'warn', event: 'discard', reason, source } as const;
      sayNowAndThen(reason, `discarded an advertisement from ${source}: ${reason}`, fields);
    },
    remark(remark, { sourceAddress }) {
      const source = addressText(sourceAddress);
      const fields = { level: 'warn', event: 'remark', remark, source } as const;
      sayNowAndThen(remark, `${REMARK_TEXTS[remark]}: ${source}`, fields);
    },
    flapping(times) {
      const text = `flapping: gave way and became Active again ${times} times within a minute: the LAN or a router holds advertisements up for longer than the interval allows`;
      sayNowAndThen('flapping', text, { level: 'warn', event: 'flapping', times });
    },
    version3Alone(sourceAddress) {
      const source = addressText(sourceAddress);
      const text = `${source} advertises in version 3 alone, though this router is in v2_v3_mode: routers of version 2 do not hear it`;
      sayNowAndThen('version-3-alone', text, { level: 'warn', event: 'version-3-alone', source });
    },
  };
}

const REMARK_TEXTS: Readonly<Record<Remark, string>> = {
  'interval-differs': 'received an advertisement with another interval',
  'received-as-owner': 'received an advertisement for addresses that this router owns',
  'address-list-differs': 'received an advertisement with other addresses',
};

/** Tells of advertisements for virtual routers that others have: no fault, so each is told once. */
export function createUnknownTeller(log: Log): (family: Family, virtualRouterId: number) => void {
  const told = new Set<string>();
  return (family, virtualRouterId) => {
    const key = `${family} ${virtualRouterId}`;
    if (told.has(key)) return;
    told.add(key);
    log.line(`advertisements for VRID ${virtualRouterId}, ${family}, are on the LAN: none of this router's`, {
      event: 'unknown-virtual-router',
      family,
      virtualRouterId,
    });
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
