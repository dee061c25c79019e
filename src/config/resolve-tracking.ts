import type { Tracked, Tracking } from './configuration.ts';
import { isInterfaceName } from './interface-name.ts';
import { quoted } from './keyword.ts';
import { type Complaints, complain, notice } from './problem.ts';
import type { TrackDefinitions } from './track-definition.ts';
import type { TrackEntryDraft, TrackingDraft } from './tracking.ts';

/** What decides weights beside the entry: the definition's, and whether a sync group allows any. */
interface WeightContext {
  readonly definitions: TrackDefinitions;
  /** Named where weights are not allowed: the members of a sync group have one priority. */
  readonly withoutWeights?: string;
  readonly complaints: Complaints;
}

/**
 * What a virtual router tracks: its own entries and those of its sync group. A member's own weights count as 0, as
 * keepalived has it, unless the group has sync_group_tracking_weight.
 */
export function resolveTracking(
  own: TrackingDraft,
  group: { readonly name: string; readonly tracking: TrackingDraft; readonly trackingWeight: boolean } | undefined,
  definitions: TrackDefinitions,
  complaints: Complaints,
): Tracking {
  const forced = group === undefined || group.trackingWeight ? undefined : group.name;
  const ownContext = { definitions, complaints, ...(forced === undefined ? {} : { withoutWeights: forced }) };
  const mine = resolveDraft(own, ownContext);
  if (group === undefined) return mine;
  const groups = resolveDraft(group.tracking, { definitions, complaints });
  return {
    interfaces: [...mine.interfaces, ...groups.interfaces],
    scripts: [...mine.scripts, ...groups.scripts],
    files: [...mine.files, ...groups.files],
    processes: [...mine.processes, ...groups.processes],
  };
}

function resolveDraft(draft: TrackingDraft, context: WeightContext): Tracking {
  const { scripts, files, processes } = context.definitions;
  return {
    interfaces: draft.interfaces.map((entry) => resolveInterface(entry, context)),
    scripts: draft.scripts.flatMap((entry) => resolveEntry(entry, 'vrrp_script', scripts, context)),
    files: draft.files.flatMap((entry) => resolveEntry(entry, 'track_file', files, context)),
    processes: draft.processes.flatMap((entry) => resolveEntry(entry, 'vrrp_track_process', processes, context)),
  };
}

function resolveInterface(entry: TrackEntryDraft, context: WeightContext): Tracked {
  const { name } = entry;
  if (!isInterfaceName(name.text))
    complain(context.complaints, name, `${quoted(name.text)} cannot be the name of an interface`);
  return trackedAs(entry, { weight: 0, reverse: false }, context);
}

function resolveEntry(
  entry: TrackEntryDraft,
  kind: string,
  definitions: ReadonlyMap<string, { readonly weight: number; readonly reverse: boolean }>,
  context: WeightContext,
): Tracked[] {
  const definition = definitions.get(entry.name.text);
  if (definition === undefined) {
    const { name } = entry;
    complain(context.complaints, name, `there is no ${kind} ${quoted(name.text)}`, `write ${kind} ${name.text} { … }`);
    return [];
  }
  return [trackedAs(entry, definition, context)];
}

function trackedAs(
  { name, weight, reverse }: TrackEntryDraft,
  defaults: { readonly weight: number; readonly reverse: boolean },
  { withoutWeights, complaints }: WeightContext,
): Tracked {
  const { file, line, column } = name;
  const wanted = weight ?? defaults.weight;
  if (withoutWeights !== undefined && wanted !== 0) {
    notice(
      complaints,
      name,
      `the weight of ${name.text} counts as 0 in vrrp_sync_group ${withoutWeights}: the members have one priority`,
    );
  }
  return {
    file,
    line,
    column,
    name: name.text,
    weight: withoutWeights === undefined ? wanted : 0,
    reverse: reverse ?? defaults.reverse,
  };
}
