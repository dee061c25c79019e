import type { FrameReference } from '../result.ts';
import { routerWithAddress } from './roles.ts';
import type { VirtualRouterState } from './state.ts';
import { isAdvertising } from './state.ts';
import { items } from './timeline.ts';

/** An answer from a physical MAC address that no router was known by, while some router was Active. */
export interface NamelessAnswer {
  /** Its MAC address as `neighbourKey` has it. */
  readonly key: number;
  readonly frame: FrameReference;
  /** Judges it as that of the Backup that sent it. */
  readonly judge: (router: string) => void;
}

const ANSWERS = 64;
/** A router whose first advertisement comes so many intervals after its answer was not Active when it answered. */
const SILENT_INTERVALS = 2;

/** At a tap, a machine answers for a virtual address beside the Active router: it may turn out to be a Backup. */
export function noteNamelessAnswer(virtualRouter: VirtualRouterState, answer: NamelessAnswer): void {
  if (virtualRouter.namelessAnswers.length >= ANSWERS) return;
  if (!virtualRouter.open.some((tenure) => isAdvertising(tenure, answer.frame.timeNs))) return;
  virtualRouter.namelessAnswers.push(answer);
}

/** At the end: judges the answers of those that advertised later, too late to have been Active when they answered. */
export function settleNamelessAnswers(virtualRouter: VirtualRouterState): void {
  for (const { key, frame, judge } of virtualRouter.namelessAnswers.splice(0)) {
    const address = virtualRouter.lan.neighbours.get(key);
    const router = address === undefined ? undefined : routerWithAddress(virtualRouter, address);
    const first = items(virtualRouter.timeline).find((tenure) => tenure.router === router?.name);
    if (router === undefined || first === undefined) continue;
    if (first.firstNs - frame.timeNs <= SILENT_INTERVALS * first.advertisedIntervalNs) continue;
    judge(router.name);
  }
}
