import type { Nanoseconds } from '../../capture/time.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf } from './context.ts';
import { FRAMES_PER_FINDING, referenceTo } from './findings.ts';
import type { RouterState, Shutdown } from './state.ts';

/** A router must have been watched for so many intervals before its priority 0 is known to be a Backup's. */
const WATCHED_INTERVALS = 1.5;

/** A router was asked to stop gracefully. */
export function beginShutdown(router: RouterState, timeNs: Nanoseconds): void {
  const { tenure } = router;
  const wasActive =
    tenure !== undefined && tenure.overlap === undefined && timeNs - tenure.lastNs <= tenure.silentAfterNs;
  router.shutdown = { stoppingNs: timeNs, wasActive, priorityZeroNs: undefined, sentAfter: 0, frames: [] };
}

/** A router that was asked to stop has advertised: an Active one once more, with priority 0. */
export function followShutdown(context: Context, shutdown: Shutdown, priority: number): void {
  const { timeNs } = context.record;
  if (timeNs < shutdown.stoppingNs) return;
  if (shutdown.wasActive && shutdown.priorityZeroNs === undefined) {
    if (priority === 0) shutdown.priorityZeroNs = timeNs;
    return;
  }
  shutdown.sentAfter++;
  if (shutdown.frames.length < FRAMES_PER_FINDING) shutdown.frames.push(referenceTo(context.record));
}

/** The router has ended, or the capture has. */
export function endShutdown(context: Context, router: RouterState): void {
  const { shutdown, virtualRouter } = router;
  if (shutdown === undefined) return;
  router.shutdown = undefined;
  context.judge.shutdown(
    { ...shutdown, virtualRouter, router, vantage: context.vantage, intentOf: (one) => intentOf(context, one) },
    subjectOf(context, virtualRouter, router.name, router.version),
    shutdown.frames,
  );
}

/** Priority 0 from a router that was not Active: a Backup that stops sends nothing. */
export function judgeIdleZero(context: Context, router: RouterState): void {
  const { virtualRouter } = router;
  const { timeNs } = context.record;
  if (router.formerTenure?.end === 'priority-zero') return;
  if (timeNs - virtualRouter.lan.firstFrameNs < WATCHED_INTERVALS * router.intervalNs) return;
  const frames = [referenceTo(context.record)];
  context.judge.shutdown(
    {
      virtualRouter,
      router,
      stoppingNs: undefined,
      wasActive: false,
      priorityZeroNs: timeNs,
      sentAfter: 1,
      frames,
      vantage: context.vantage,
      intentOf: (one) => intentOf(context, one),
    },
    subjectOf(context, virtualRouter, router.name, router.version),
    frames,
  );
}
