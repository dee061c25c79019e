import { createTimer } from '../linux/timer.ts';
import { createPunctuality, type Punctuality } from './punctuality.ts';

/** The one timer of a virtual router: it runs for whatever deadline the protocol core has now. */
export interface DeadlineTimer {
  /** Runs for this deadline (CLOCK_MONOTONIC); undefined: for none. Costs nothing where it does already. */
  follow(deadlineNs: number | undefined): void;
  /** As if it ran for this deadline, which has passed: nothing is armed until `follow` is told another one. */
  rest(deadlineNs: number | undefined): void;
  close(): void;
}

/** It is the process that is woken, for whichever virtual router. */
const shared: Punctuality = createPunctuality();

/** A timer that does not run yet. @throws LinuxError */
export function createDeadlineTimer(onDue: () => void, onError: (error: Error) => void): DeadlineTimer {
  let forNs: number | undefined;
  let armedForNs = 0;
  const timer = createTimer(() => {
    if (forNs !== undefined && !shared.await(armedForNs, forNs)) {
      armedForNs = forNs;
      timer.arm(forNs);
      return;
    }
    forNs = undefined;
    onDue();
  }, onError);
  return {
    follow(deadlineNs) {
      if (deadlineNs === forNs) return;
      forNs = deadlineNs;
      if (deadlineNs === undefined) timer.disarm();
      else {
        armedForNs = deadlineNs - shared.leadNs();
        timer.arm(armedForNs);
      }
    },
    rest(deadlineNs) {
      forNs = deadlineNs;
    },
    close: () => timer.close(),
  };
}
