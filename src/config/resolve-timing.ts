import type { Family, VrrpVersion } from '../wire/vrrp.ts';
import type { Announcements } from './configuration.ts';
import type { AnnouncementsDraft, GlobalDraft } from './global.ts';
import type { InstanceDraft } from './instance.ts';
import { complain, notice } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';

const SECOND_NS = 1_000_000_000;
const CENTISECOND_NS = SECOND_NS / 100;

/** The version: IPv6 has version 3 alone. */
export function versionOf(context: ResolveContext, draft: InstanceDraft, family: Family): VrrpVersion {
  const { version } = draft;
  if (family === 'ipv6') {
    if (version?.value === 2) notice(context.complaints, version, 'version 2 knows IPv4 alone: version 3 is used');
    return 3;
  }
  return (
    version?.value ??
    context.global.version ??
    (context.defaults === 'rfc9568' || context.defaults === 'rfc5798' ? 3 : 2)
  );
}

/** Advertisement_Interval in nanoseconds, rounded to what the version can say (RFC 9568 §5.2.7, RFC 3768 §5.3.7). */
export function intervalOf(context: ResolveContext, draft: InstanceDraft, version: VrrpVersion): number {
  const { intervalNs } = draft;
  if (intervalNs === undefined) return SECOND_NS;
  const unitNs = version === 2 ? SECOND_NS : CENTISECOND_NS;
  const rounded = Math.max(unitNs, Math.round(intervalNs.value / unitNs) * unitNs);
  if (version === 3 && rounded > 4095 * CENTISECOND_NS) {
    complain(context.complaints, intervalNs, 'advert_int of version 3 is at most 40.95 seconds');
  }
  if (rounded !== intervalNs.value) {
    const unit = version === 2 ? 'whole seconds' : 'hundredths of a second';
    notice(
      context.complaints,
      intervalNs,
      `version ${version} counts ${unit}: advert_int is rounded to ${rounded / SECOND_NS}`,
    );
  }
  return rounded;
}

/** Preempt_Mode: as in keepalived, nopreempt does not count where state is MASTER. */
export function preemptOf(context: ResolveContext, draft: InstanceDraft): boolean {
  const { preempt, state } = draft;
  if (preempt === undefined || preempt.value) return true;
  if (state !== 'active') return false;
  notice(context.complaints, preempt, 'nopreempt is ignored where state is MASTER, as keepalived does');
  return true;
}

/** The delay of preemption in nanoseconds: none where state is MASTER, an error in strict mode. */
export function preemptDelayOf(context: ResolveContext, draft: InstanceDraft, strict: boolean): number {
  const { preemptDelayNs, state } = draft;
  if (preemptDelayNs === undefined) return 0;
  if (strict) {
    complain(
      context.complaints,
      preemptDelayNs,
      'preempt_delay is no part of the RFC, and strict mode is on',
      'remove one of them',
    );
  }
  if (state !== 'active') return preemptDelayNs.value;
  notice(context.complaints, preemptDelayNs, 'preempt_delay is ignored where state is MASTER, as keepalived does');
  return 0;
}

/** How announcements are sent: the instance before global_defs; `single`: the defaults of the RFC, one and no more. */
export function announcementsOf(draft: AnnouncementsDraft, global: GlobalDraft, single: boolean): Announcements {
  const given = { ...global.announcements, ...draft };
  const minimal = single || global.minimalAnnouncements === true;
  const repeat = given.repeat ?? (minimal ? 1 : 5);
  const delayNs = given.delayNs ?? (minimal ? 0 : 5 * SECOND_NS);
  return {
    repeat,
    delayNs,
    refreshNs: given.refreshNs ?? 0,
    refreshRepeat: given.refreshRepeat ?? 1,
    lowerPriorityRepeat: given.lowerPriorityRepeat ?? (minimal ? 0 : repeat),
    lowerPriorityDelayNs: given.lowerPriorityDelayNs ?? delayNs,
  };
}
