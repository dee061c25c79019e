import type { NotifyScripts, Script, SyncGroup } from './configuration.ts';
import { boolean, entries, flag, ignored, type KeywordTable, quoted, refused, script } from './keyword.ts';
import { type Complaints, complain } from './problem.ts';
import { type TrackingDraft, tracked, trackingDraft } from './tracking.ts';
import type { Word } from './words.ts';

/** What a vrrp_sync_group says. */
export interface SyncGroupDraft {
  readonly members: Word[];
  readonly tracking: TrackingDraft;
  readonly notify: { -readonly [Event in keyof NotifyScripts]: NotifyScripts[Event] };
  /** Members keep the weights of what they track themselves. */
  trackingWeight: boolean;
}

/** An empty vrrp_sync_group. */
export function syncGroupDraft(): SyncGroupDraft {
  return { members: [], tracking: trackingDraft(), notify: {}, trackingWeight: false };
}

/** A vrrp_sync_group as it was read. */
export interface NamedGroup {
  readonly name: Word;
  readonly draft: SyncGroupDraft;
}

const notify = (event: keyof NotifyScripts) =>
  script<SyncGroupDraft>((draft, value: Script) => {
    draft.notify[event] = value;
  });

/** The keywords of a vrrp_sync_group. */
export const SYNC_GROUP_KEYWORDS: KeywordTable<SyncGroupDraft> = {
  group: entries((draft, words) => {
    draft.members.push(...words);
  }),
  track_interface: tracked('interfaces', 253),
  track_script: tracked('scripts', 253),
  track_file: tracked('files', 254),
  track_process: tracked('processes', 254),
  track_bfd: refused('the router speaks no BFD'),
  notify_master: notify('active'),
  notify_backup: notify('backup'),
  notify_fault: notify('fault'),
  notify_stop: notify('stop'),
  notify: notify('any'),
  notify_deleted: refused('notify_stop runs where a virtual router is deleted'),
  notify_priority_changes: boolean((_draft, value, place, complaints) => {
    if (value)
      complain(
        complaints,
        place,
        'notify_priority_changes of a vrrp_sync_group is not honoured',
        'write it in its instances',
      );
  }),
  global_tracking: flag((draft) => {
    draft.trackingWeight = true;
  }),
  sync_group_tracking_weight: flag((draft) => {
    draft.trackingWeight = true;
  }),
  smtp_alert: ignored('the router sends no mail'),
};

/** Checks that members exist, and are in one group. */
export function resolveGroups(
  groups: readonly NamedGroup[],
  instances: ReadonlySet<string>,
  complaints: Complaints,
): SyncGroup[] {
  const groupOf = new Map<string, string>();
  const names = new Set<string>();
  return groups.map(({ name, draft }) => {
    if (names.has(name.text)) complain(complaints, name, `vrrp_sync_group ${quoted(name.text)} is there twice`);
    names.add(name.text);
    if (draft.members.length === 0)
      complain(complaints, name, `vrrp_sync_group ${name.text} needs members`, 'add group { INSTANCE … }');
    for (const member of draft.members) {
      const other = groupOf.get(member.text);
      if (!instances.has(member.text)) {
        complain(
          complaints,
          member,
          `there is no vrrp_instance ${quoted(member.text)}`,
          'correct the name, or remove it',
        );
      } else if (other !== undefined) {
        complain(complaints, member, `${quoted(member.text)} is in ${other} already`, 'an instance is in one group');
      }
      groupOf.set(member.text, `vrrp_sync_group ${name.text}`);
    }
    const { file, line, column } = name;
    return {
      file,
      line,
      column,
      name: name.text,
      members: draft.members.map(({ text }) => text),
      notify: draft.notify,
    };
  });
}
