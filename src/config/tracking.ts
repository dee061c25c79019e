import { entries, hasValues, type Keyword, quoted, wholeNumber } from './keyword.ts';
import { type Complaints, complain } from './problem.ts';
import type { Word } from './words.ts';

/** `weight N [reverse]`, where it was given. */
export interface WeightDraft {
  weight?: number;
  reverse?: boolean;
}

/** An entry of track_interface, track_script, track_file or track_process. */
export interface TrackEntryDraft extends WeightDraft {
  readonly name: Word;
}

/** What a vrrp_instance or a vrrp_sync_group tracks, as it was written. */
export interface TrackingDraft {
  readonly interfaces: TrackEntryDraft[];
  readonly scripts: TrackEntryDraft[];
  readonly files: TrackEntryDraft[];
  readonly processes: TrackEntryDraft[];
}

/** Nothing tracked. */
export function trackingDraft(): TrackingDraft {
  return { interfaces: [], scripts: [], files: [], processes: [] };
}

/** A track_… block of a draft that tracks. */
export function tracked<Draft extends { readonly tracking: TrackingDraft }>(
  kind: keyof TrackingDraft,
  limit: number,
): Keyword<Draft> {
  return entries((draft, [name, ...rest], complaints) => {
    const entry: TrackEntryDraft = { name: name! };
    const [option, ...values] = rest;
    if (option !== undefined && option.text !== 'weight') {
      complain(complaints, option, `${quoted(option.text)} is no option of a tracked object`, 'weight N [reverse]');
      return;
    }
    if (option !== undefined && !readWeight(entry, values, limit, option, complaints)) return;
    draft.tracking[kind].push(entry);
  });
}

function readWeight(
  draft: WeightDraft,
  values: readonly Word[],
  limit: number,
  at: Word,
  complaints: Complaints,
): boolean {
  const [number, direction, surplus] = values;
  const weight = number === undefined ? undefined : wholeNumber(number.text);
  if (weight === undefined || Math.abs(weight) > limit) {
    complain(complaints, number ?? at, `weight needs a whole number from ${-limit} to ${limit}`);
    return false;
  }
  draft.weight = weight;
  if (direction === undefined) return true;
  if (direction.text === 'reverse') draft.reverse = true;
  else if (direction.text === 'noreverse' || direction.text === 'no_reverse') draft.reverse = false;
  else complain(complaints, direction, `${quoted(direction.text)} is not reverse or noreverse`);
  if (surplus !== undefined) complain(complaints, surplus, `${quoted(surplus.text)} is one value too many for weight`);
  return true;
}

/** `weight N [reverse]` of a definition. */
export function weight<Draft extends WeightDraft>(limit: number): Keyword<Draft> {
  return (draft, statement, complaints) => {
    if (hasValues(statement, 1, 2, complaints))
      readWeight(draft, statement.values, limit, statement.keyword, complaints);
  };
}
