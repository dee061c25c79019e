import { SECOND } from '../../capture/time.ts';
import { PROBLEM_ADDRESSES_MISSING, PROBLEM_BAD_VERSION, PROBLEM_TOO_SHORT } from '../../wire/problem.ts';
import type { Message } from '../observer/message.ts';
import type { Judgement, MessageView } from './rule.ts';
import { plural } from './words.ts';

export const OWNER_PRIORITY = 255;

/** The address count against the addresses that follow, and what follows those. */
export function judgeCount(message: Message): Judgement {
  if (message.problem === PROBLEM_BAD_VERSION) return undefined;
  if (message.problem === PROBLEM_TOO_SHORT) {
    return { what: 'short', message: 'the message ends before its fixed fields do: receivers discard it' };
  }
  if (message.problem === PROBLEM_ADDRESSES_MISSING) {
    return {
      what: 'missing',
      message: `the count says ${plural(message.addressCount, 'address', 'addresses')}, the message holds ${message.addresses.length}: receivers discard it`,
      expected: plural(message.addressCount, 'address', 'addresses'),
      seen: String(message.addresses.length),
    };
  }
  if (message.addressCount === 0) {
    return {
      what: 'zero',
      message: 'the address count is 0: a receiver cannot tell whose advertisement it is',
      expected: '1 or more',
      seen: '0',
    };
  }
  if (message.trailingOctets > 0) {
    return {
      what: 'trailing',
      level: 'information',
      message: `${plural(message.trailingOctets, 'octet')} follow the address list inside the IP packet (an authentication trailer, say)`,
      expected: 'nothing behind the list',
      seen: plural(message.trailingOctets, 'octet'),
    };
  }
  return 'kept';
}

/** The field itself; whether the router keeps it is measured at the end. */
export function judgeIntervalField({ message, router, virtualRouter, intentOf }: MessageView): Judgement {
  if (message.intervalField === 0) {
    return {
      what: 'zero',
      message: 'the advertised interval is 0: receivers discard it, or never time out',
      expected: '1 or more',
      seen: '0',
    };
  }
  const intent = intentOf(router);
  const intended = intent?.advertisementIntervalNs;
  if (intended === undefined || message.intervalField < 0) return undefined;
  if (intended === message.intervalNs) return 'kept';
  // In v2/v3 mode version 2 says the same as well as whole seconds can (RFC 9568 §8.4.2).
  const bothVersions = intent?.version === 3 && message.version === 2 && intent.bothVersions !== false;
  if (bothVersions && isNearestSecond(message.intervalNs, intended)) return 'kept';
  // An interval that it learned from another router is told as such.
  const learned = virtualRouter.routers.some((other) => other !== router && other.intervalNs === message.intervalNs);
  if (learned && message.version === 3) return undefined;
  const unit = message.version === 2 ? 's' : 'cs';
  return {
    what: 'configured',
    message: `advertisements say an interval of ${message.intervalField} ${unit}, ${intended / 1e9} s is configured`,
    expected: `${intended / 1e9} s`,
    seen: `${message.intervalField} ${unit}`,
    advice: 'VRRPv2 knows whole seconds alone; VRRPv3 hundredths up to 40.95 s',
  };
}

function isNearestSecond(saidNs: number, intendedNs: number): boolean {
  return Math.abs(saidNs - intendedNs) < SECOND && saidNs >= SECOND;
}

/** 255 is the address owner's. */
export function judgeNonOwnerPriority({ message, router, intentOf }: MessageView): Judgement {
  if (message.priority < 0) return undefined;
  if (message.priority !== OWNER_PRIORITY) return 'kept';
  const intended = intentOf(router)?.priority;
  if (intended !== undefined) {
    if (intended === OWNER_PRIORITY) return 'kept';
    return {
      message: `the router advertises 255, the address owner's priority; ${intended} is configured`,
      expected: String(intended),
      seen: '255',
    };
  }
  if (message.addresses.includes(message.source)) return 'kept';
  return {
    level: 'information',
    message: `the router advertises 255, the address owner's priority, from ${message.source}, which is none of the virtual addresses`,
    expected: 'an owner of the virtual addresses',
    seen: message.source,
    advice: 'use 254 unless the virtual addresses are configured on the interface itself: a 255 never gives way',
  };
}
