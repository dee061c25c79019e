import type { Nanoseconds } from '../../capture/time.ts';
import { MILLISECOND } from '../../capture/time.ts';
import type { FrameReference } from '../result.ts';
import type { Context } from './context.ts';
import { referenceTo } from './findings.ts';
import type { OpenTenure, VirtualRouterState } from './state.ts';

/** How a new Active router's addresses came to answer: the first question for one after its first advertisement. */
export interface FirstAnswer {
  readonly tenure: OpenTenure;
  readonly askedNs: Nanoseconds;
  answered: boolean;
}

/** A router whose address answered late. */
export interface LateAnswer {
  readonly router: string;
  readonly address: string;
  readonly delayNs: Nanoseconds;
  readonly frame: FrameReference;
}

const ADDRESSES = 512;
const LATE_ANSWERS = 64;
/** An address that duplicate address detection makes wait answers nobody for a second at least (RFC 4862 §5.1, §5.4). */
const DETECTION_NS = 1_000 * MILLISECOND;
/** What a router needs that waits for nothing, and a good deal more. */
const AT_ONCE_NS = 500 * MILLISECOND;

/** Somebody asks for a virtual IPv6 address, and not whether it is taken. With ports alone: who is Active is certain there. */
export function noteAddressQuestion(context: Context, virtualRouter: VirtualRouterState, address: string): void {
  const [tenure, another] = virtualRouter.open;
  const { timeNs } = context.record;
  if (!context.vantage.ports || tenure === undefined || another !== undefined) return;
  const { firstAnswers } = virtualRouter;
  if (tenure.begin === 'since-before' || timeNs - tenure.firstNs > AT_ONCE_NS) return;
  if (firstAnswers.get(address)?.tenure === tenure) return;
  if (firstAnswers.size >= ADDRESSES && !firstAnswers.has(address)) return;
  firstAnswers.set(address, { tenure, askedNs: timeNs, answered: false });
}

/** Its answer: at once, or as late as that of an address that waited for duplicate address detection. */
export function noteAddressAnswer(
  context: Context,
  virtualRouter: VirtualRouterState,
  address: string,
  node: string | undefined,
): void {
  const first = virtualRouter.firstAnswers.get(address);
  if (first === undefined || first.answered || first.tenure.router.node !== node) return;
  first.answered = true;
  const { timeNs } = context.record;
  const delayNs = timeNs - first.askedNs;
  if (context.nodes.stalledNs(first.askedNs, timeNs) > AT_ONCE_NS / 2) return;
  if (delayNs <= AT_ONCE_NS) {
    virtualRouter.promptAnswers += 1;
    return;
  }
  const sinceActiveNs = timeNs - first.tenure.firstNs;
  if (sinceActiveNs < DETECTION_NS || virtualRouter.lateAnswers.length >= LATE_ANSWERS) return;
  const { name: router } = first.tenure.router;
  virtualRouter.lateAnswers.push({ router, address, delayNs, frame: referenceTo(context.record) });
}
