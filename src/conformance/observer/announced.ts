import { MILLISECOND } from '../../capture/time.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf } from './context.ts';
import type { OpenTenure } from './state.ts';
import { NEVER } from './state.ts';

/** Longer than that after its first advertisement a router that was still seen to advertise had time for announcing. */
const TIME_ENOUGH_NS = 100 * MILLISECOND;

/** The time for announcing is over. */
export function judgeAnnounced(context: Context, tenure: OpenTenure): void {
  tenure.announcementDue = false;
  const resumed = howItResumed(context, tenure);
  const ended = howItEnded(context, tenure);
  if (resumed === 'known' || ended === 'known') return;
  const { router } = tenure;
  const { virtualRouter } = router;
  const subject = subjectOf(context, virtualRouter, router.name, tenure.version);
  // Without ports, what was announced just before may have been its own, from the MAC address that both routers use.
  const sinceNs = tenure.firstNs - 2 * tenure.intervalNs;
  const perhaps = (address: string) => (virtualRouter.announcedAt.get(address) ?? NEVER) >= sinceNs;
  const missing = router.addresses.filter((address) => !tenure.announced.has(address) && !perhaps(address));
  const isLost = context.losses.within(sinceNs, tenure.announceDueNs, missing.length) !== undefined;
  if (missing.length > 0 && isLost) return;
  context.judge.announced(
    {
      tenure,
      router,
      virtualRouter,
      missing,
      resumed: resumed === 'perhaps',
      endedAtOnce: ended === 'perhaps',
      announcedEarlyNs: announcedWhilePreempting(context, tenure),
      vantage: context.vantage,
      intentOf: (one) => intentOf(context, one),
    },
    subject,
    [tenure.firstFrame],
  );
}

/**
 * At a tap, what is announced while another router is Active seems to be that one's. Where a router that preempts it
 * announces nothing from then on, though all of its addresses were announced just before, it did so too early: by how much.
 */
function announcedWhilePreempting(context: Context, tenure: OpenTenure): number | undefined {
  const { begin, router, from, firstNs, intervalNs, announced } = tenure;
  if (context.vantage.ports || begin !== 'preemption' || from === undefined || announced.size > 0) return undefined;
  const { announcedAt } = router.virtualRouter;
  const sinceNs = Math.max(firstNs - 2 * intervalNs, from.announceDueNs);
  const times = router.addresses.map((address) => announcedAt.get(address) ?? NEVER);
  const isAll = times.length > 0 && times.every((timeNs) => timeNs >= sinceNs && timeNs < firstNs);
  return isAll ? firstNs - Math.min(...times) : undefined;
}

/**
 * A router that fell silent and is back may have been Active all along, frozen or behind a cut link: then no announcement
 * is due. Events tell; without them it stays open.
 */
function howItResumed(context: Context, tenure: OpenTenure): 'known' | 'perhaps' | 'no' {
  const { formerTenure, node } = tenure.router;
  if (formerTenure?.end !== 'silence') return 'no';
  const state = node === undefined ? undefined : context.nodes.get(node);
  if (state === undefined) return 'perhaps';
  const sinceNs = formerTenure.lastNs - formerTenure.intervalNs;
  if (state.disturbedNs > sinceNs && state.startedNs <= formerTenure.lastNs) return 'known';
  // A host that held it up for most of the silence let it be Active all along.
  const silentNs = tenure.firstNs - formerTenure.lastNs;
  return 2 * context.nodes.stalledNs(formerTenure.lastNs, tenure.firstNs) >= silentNs ? 'perhaps' : 'no';
}

/**
 * A router that is killed, frozen or without power before the time for announcing is over owes nothing. Events tell;
 * without them one that was not seen again after its first advertisements may have ended.
 */
function howItEnded(
  context: Context,
  { router, firstNs, lastNs, announceDueNs }: OpenTenure,
): 'known' | 'perhaps' | 'no' {
  const state = router.node === undefined ? undefined : context.nodes.get(router.node);
  if (state === undefined) return lastNs - firstNs >= TIME_ENOUGH_NS ? 'no' : 'perhaps';
  const isCutShort = (timeNs: number) => timeNs >= firstNs && timeNs < announceDueNs;
  return isCutShort(state.downNs) || isCutShort(state.frozenNs) ? 'known' : 'no';
}
