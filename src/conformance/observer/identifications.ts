import { noteSeen } from '../causes/witness.ts';
import { plural } from '../rules/words.ts';
import type { Context } from './context.ts';
import type { Speaker } from './state.ts';

/** Packets in a row that the sender must have numbered by the same step before a leap says anything. */
const STEADY_STEPS = 4;
/** Senders that number by more count something else as well. */
const LARGEST_STEP = 16;
/** A leap says that packets were lost if it has as many steps as the time has intervals, to within this part of one. */
const INTERVAL_TOLERANCE = 0.25;

/**
 * Looks at the IP identification of a sender's newest packet. One that numbers its advertisements (keepalived by one)
 * shows whether those that a capture misses were sent.
 */
export function followIdentification(context: Context, speaker: Speaker, identification: number): void {
  const { identification: former, formerIdentification: beforeThat, identificationStep } = speaker;
  speaker.formerIdentification = former;
  speaker.identification = identification;
  if (former < 0) return;
  const leap = (identification - former) & 0xffff;
  if (leap === identificationStep) {
    speaker.steadySteps++;
    return;
  }
  if (isNumbering(speaker) && leap % identificationStep === 0) {
    const steps = leap / identificationStep;
    if (noteLeap(context, speaker, steps)) return;
  }
  // Several captures whose clocks differ by much show one numbering twice.
  const isOneCapture = context.interfaces.length === 1;
  if (isOneCapture && beforeThat >= 0 && isStep(identification - beforeThat) && !isStep(leap) && !isStep(-leap)) {
    noteSeen(speaker.router.crossedNumbers, context.record);
  }
  speaker.identificationStep = leap;
  speaker.steadySteps = 0;
}

function isStep(leap: number): boolean {
  const step = leap & 0xffff;
  return step > 0 && step <= LARGEST_STEP;
}

/** Whether the sender numbers what it sends, so that what is missing between two packets was not sent. */
export function isNumbering({ identificationStep, steadySteps }: Speaker): boolean {
  return steadySteps >= STEADY_STEPS && identificationStep > 0 && identificationStep <= LARGEST_STEP;
}

function noteLeap(context: Context, { message, lastNs, router }: Speaker, steps: number): boolean {
  const { timeNs } = context.record;
  const intervals = (timeNs - lastNs) / message.intervalNs;
  if (!(Math.abs(intervals - steps) <= INTERVAL_TOLERANCE * steps)) return false;
  const missing = plural(steps - 1, 'packet');
  context.losses.note(
    lastNs,
    timeNs,
    `the IP identification of ${router.name} shows that ${missing} of it ${steps === 2 ? 'was' : 'were'} sent and not captured`,
  );
  return true;
}
