import type { Nanoseconds } from '../../capture/time.ts';
import type { FrameReference } from '../result.ts';
import type { Context } from './context.ts';
import { FRAMES_PER_FINDING, referenceTo } from './findings.ts';
import type { LanState, VirtualRouterState } from './state.ts';
import { isAdvertising, NEVER } from './state.ts';

/** What one host has asked about one virtual address while somebody was Active. */
export interface Question {
  readonly address: string;
  /** Who asked (`neighbourKey`), and who was Active then. */
  readonly asker: number;
  readonly router: string;
  asked: number;
  answered: number;
  /** When it was asked last, and how often that was answered from the virtual MAC since. */
  askedNs: Nanoseconds;
  answers: number;
  /** It came twice at once: the capture has frames twice, or the host hurries. */
  isDoubled: boolean;
  readonly frames: FrameReference[];
}

const QUESTIONS = 64;
const ASKERS = 1024;
/** No host asks again so soon. */
const DOUBLED_WITHIN_NS = 10_000_000;
/** An answer that comes later belongs to no question any more. */
const ANSWERED_WITHIN_NS = 1_000_000_000;

/**
 * Takes an ARP request or Neighbor Solicitation for a virtual address. At a tap alone: with ports a scenario's probes tell
 * more, and its faults explain silence.
 */
export function takeQuestion(
  context: Context,
  virtualRouter: VirtualRouterState,
  address: string,
  asker: number,
): void {
  const { timeNs } = context.record;
  if (context.vantage.ports) return;
  const active = virtualRouter.open.find((tenure) => isAdvertising(tenure, timeNs))?.router.name;
  if (active === undefined) return;
  const { questions } = virtualRouter;
  let question = questions.find((one) => one.address === address && one.asker === asker && one.router === active);
  if (question === undefined) {
    if (questions.length >= QUESTIONS) return;
    question = {
      address,
      asker,
      router: active,
      asked: 0,
      answered: 0,
      askedNs: NEVER,
      answers: 0,
      isDoubled: false,
      frames: [],
    };
    questions.push(question);
  }
  question.asked++;
  question.isDoubled = timeNs - question.askedNs < DOUBLED_WITHIN_NS;
  question.askedNs = timeNs;
  question.answers = 0;
  if (question.frames.length < FRAMES_PER_FINDING) question.frames.push(referenceTo(context.record));
}

/** Somebody has answered for a virtual address. */
export function takeAnswer(virtualRouter: VirtualRouterState, address: string): void {
  for (const question of virtualRouter.questions) if (question.address === address) question.answered++;
}

/** An answer to a host from the virtual MAC: how many came before it to the same question, at a tap that saw it asked once. */
export function answersBefore(
  virtualRouter: VirtualRouterState,
  address: string,
  asker: number,
  timeNs: Nanoseconds,
): number {
  const own = virtualRouter.questions.filter((one) => one.address === address && one.asker === asker);
  const newest = own.sort((one, other) => other.askedNs - one.askedNs)[0];
  if (newest === undefined || newest.isDoubled || timeNs - newest.askedNs > ANSWERED_WITHIN_NS) return 0;
  return newest.answers++;
}

/** An answer of any kind went to that host: the tap is where its answers can be seen. */
export function noteAnswered(lan: LanState, asker: number): void {
  if (lan.answered.size < ASKERS) lan.answered.add(asker);
}
