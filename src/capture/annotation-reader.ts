import { decodeAnnotation } from './annotations.ts';
import type { CaptureAnnotations } from './end.ts';
import type { RunEvent } from './event.ts';
import type { Intent } from './intent.ts';
import type { Reading } from './reading.ts';
import { establishOrigin } from './reading.ts';

const EVENT_LIMIT = 100_000;
const PROBLEM_LIMIT = 20;
const PROBLEM_TEXT_LIMIT = 200;

/** Gathers what a run wrote into its capture, and hands it on as it comes. */
export interface AnnotationReader {
  /** Takes the body of a run's block, behind the enterprise number. */
  read(block: number, body: Uint8Array): void;
  complain(block: number, message: string): void;
  all(): CaptureAnnotations;
}

/** Times of events are moved to the origin of the session, which the first annotation gives where nothing else has. */
export function createAnnotationReader(reading: Reading): AnnotationReader {
  const decoder = new TextDecoder();
  const events: RunEvent[] = [];
  const problems: string[] = [];
  let intent: Intent | undefined;

  function complain(block: number, message: string): void {
    if (problems.length < PROBLEM_LIMIT) problems.push(`block ${block}: ${message.slice(0, PROBLEM_TEXT_LIMIT)}`);
  }

  function read(block: number, body: Uint8Array): void {
    const annotation = decodeAnnotation(decoder.decode(body));
    if (annotation.kind === 'foreign') return;
    if (annotation.kind === 'bad') {
      complain(block, annotation.message);
      return;
    }
    const origin = establishOrigin(reading, annotation.originUnixNanoseconds);
    if (annotation.kind === 'intent') {
      intent = annotation.intent;
      reading.options.annotations?.intent(intent);
      return;
    }
    const timeNs = annotation.event.timeNs + Number(annotation.originUnixNanoseconds - origin);
    const event: RunEvent = { ...annotation.event, timeNs };
    reading.options.annotations?.event(event);
    if (events.length < EVENT_LIMIT) events.push(event);
    else complain(block, `the capture has more than ${EVENT_LIMIT} events: the others are not kept`);
  }

  return { read, complain, all: () => ({ ...(intent === undefined ? {} : { intent }), events, problems }) };
}
