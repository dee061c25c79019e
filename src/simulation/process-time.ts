import type { Nanoseconds } from '../capture/time.ts';
import { createRandomStream } from '../fabric/random.ts';
import type { RouterTiming } from '../stage/topology.ts';
import type { Appointment, Clock } from './clock.ts';

/** Time as the process of one router has it. */
export interface ProcessTime {
  /** By its own clock. */
  now(): Nanoseconds;
  /** Does `work` when its own clock says so and it has a core. The appointment's time is its own clock's. */
  at(timeNs: Nanoseconds, work: () => void): Appointment;
  /** Does `work` when it has a core: at once, unless it waits for one. What was asked first is done first. */
  soon(work: () => void): void;
}

const MILLION = 1_000_000;

/** The clock of the stage for a router that says nothing of its timing; else one that drifts, and a process that waits. */
export function createProcessTime(
  clock: Clock,
  router: string,
  { clockDriftPpm = 0, schedulingDelayNs = 0 }: RouterTiming,
  seed: number,
): ProcessTime {
  const rate = 1 + clockDriftPpm / MILLION;
  const random = createRandomStream(seed, `cores of ${router}`);
  let busyUntilNs: Nanoseconds = 0;

  const soon = (work: () => void): void => {
    if (schedulingDelayNs === 0) {
      work();
      return;
    }
    busyUntilNs = Math.max(busyUntilNs, clock.now() + Math.round(random.fraction() * schedulingDelayNs));
    clock.at(busyUntilNs, work);
  };

  const at = (timeNs: Nanoseconds, work: () => void): Appointment => {
    let isWanted = true;
    const appointment = clock.at(Math.ceil(timeNs / rate), () =>
      soon(() => {
        if (isWanted) work();
      }),
    );
    return {
      timeNs,
      cancel() {
        isWanted = false;
        appointment.cancel();
      },
    };
  };

  const isRight = clockDriftPpm === 0 && schedulingDelayNs === 0;
  return {
    now: clockDriftPpm === 0 ? clock.now : () => Math.floor(clock.now() * rate),
    at: isRight ? clock.at : at,
    soon,
  };
}
