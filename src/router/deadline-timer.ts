import { createTimer } from '../linux/timer.ts';

/** The one timer of a virtual router: it runs for whatever deadline the protocol core has now. */
export interface DeadlineTimer {
  /** Runs for this deadline (CLOCK_MONOTONIC); undefined: for none. Costs nothing where it does already. */
  follow(deadlineNs: number | undefined): void;
  /** As if it ran for this deadline, which has passed: nothing is armed until `follow` is told another one. */
  rest(deadlineNs: number | undefined): void;
  close(): void;
}

/** A timer that does not run yet. @throws LinuxError */
export function createDeadlineTimer(onDue: () => void, onError: (error: Error) => void): DeadlineTimer {
  let armedForNs: number | undefined;
  const timer = createTimer(() => {
    armedForNs = undefined;
    onDue();
  }, onError);
  return {
    follow(deadlineNs) {
      if (deadlineNs === armedForNs) return;
      armedForNs = deadlineNs;
      if (deadlineNs === undefined) timer.disarm();
      else timer.arm(deadlineNs);
    },
    rest(deadlineNs) {
      armedForNs = deadlineNs;
    },
    close: () => timer.close(),
  };
}
