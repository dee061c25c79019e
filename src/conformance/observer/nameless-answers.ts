import type { FrameReference } from '../result.ts';
import type { BindingView } from '../rules/rule.ts';
import type { Context } from './context.ts';
import { subjectOf, versionOf } from './context.ts';
import { routerWithAddress } from './roles.ts';
import type { VirtualRouterState } from './state.ts';
import { isAdvertising } from './state.ts';
import { items } from './timeline.ts';

/** An answer from a physical MAC address that no router was known by, while some router was Active. */
export interface NamelessAnswer {
  /** Its MAC address as `neighbourKey` has it. */
  readonly key: number;
  readonly view: BindingView;
  readonly frame: FrameReference;
}

const ANSWERS = 64;
/** A router whose first advertisement comes so many intervals after its answer was not Active when it answered. */
const SILENT_INTERVALS = 2;

/** At a tap, a machine answers for a virtual address beside the Active router: it may turn out to be a Backup. */
export function noteNamelessAnswer(
  virtualRouter: VirtualRouterState,
  key: number,
  view: BindingView,
  frame: FrameReference,
): void {
  if (!view.isAnswer || virtualRouter.namelessAnswers.length >= ANSWERS) return;
  if (!virtualRouter.open.some((tenure) => isAdvertising(tenure, frame.timeNs))) return;
  virtualRouter.namelessAnswers.push({ key, view, frame });
}

/** At the end: judges the answers of those that advertised later, too late to have been Active when they answered. */
export function settleNamelessAnswers(context: Context, virtualRouter: VirtualRouterState): void {
  for (const { key, view, frame } of virtualRouter.namelessAnswers.splice(0)) {
    const address = virtualRouter.lan.neighbours.get(key);
    const router = address === undefined ? undefined : routerWithAddress(virtualRouter, address);
    const first = items(virtualRouter.timeline).find((tenure) => tenure.router === router?.name);
    if (router === undefined || first === undefined) continue;
    if (first.firstNs - frame.timeNs <= SILENT_INTERVALS * first.advertisedIntervalNs) continue;
    const subject = subjectOf(context, virtualRouter, router.name, versionOf(context, virtualRouter));
    context.judge.lateName({ ...view, sender: router.name, role: 'backup' }, subject, [frame]);
  }
}
