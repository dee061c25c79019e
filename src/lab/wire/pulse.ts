import { monotonicNow } from '../../linux/clock.ts';
import { createTimer, type Timer } from '../../linux/timer.ts';

interface Pulse {
  readonly timer: Timer;
  readonly members: Set<() => void>;
}

const pulses = new Map<number, Pulse>();

/**
 * Calls back at a fixed rate, by the kernel's timer: one timer serves all who want the same interval, for at a thousand
 * a second each expiry costs as much as what is done then. A time that was missed, because nobody ran us, is left out.
 * @returns what ends it
 * @throws LinuxError
 */
export function joinPulse(intervalNs: number, member: () => void): () => void {
  const pulse = pulses.get(intervalNs) ?? beginPulse(intervalNs);
  pulse.members.add(member);
  return () => {
    if (!pulse.members.delete(member) || pulse.members.size > 0) return;
    pulses.delete(intervalNs);
    pulse.timer.close();
  };
}

function beginPulse(intervalNs: number): Pulse {
  const startNs = monotonicNow();
  const members = new Set<() => void>();
  let step = 0;
  const timer = createTimer(() => {
    for (const member of members) member();
    if (members.size === 0) return;
    step = Math.max(step + 1, Math.ceil((monotonicNow() - startNs) / intervalNs));
    timer.arm(startNs + step * intervalNs);
  });
  timer.arm(startNs);
  const pulse = { timer, members };
  pulses.set(intervalNs, pulse);
  return pulse;
}
