import type { TrackFile } from './configuration.ts';
import { hasValues, type KeywordTable, unexpected, wholeNumber } from './keyword.ts';
import { definitionBlock } from './track-definition.ts';
import { type WeightDraft, weight } from './tracking.ts';

interface FileDraft extends WeightDraft {
  path?: string;
  initial?: { readonly value: number; readonly overwrite: boolean };
}

const FILE_KEYWORDS: KeywordTable<FileDraft> = {
  file: (draft, statement, complaints) => {
    if (!hasValues(statement, 1, 1, complaints)) return;
    const value = statement.values[0]!;
    if (value.text.startsWith('/')) draft.path = value.text;
    else unexpected(complaints, value, statement, 'a full path, beginning with /');
  },
  weight: weight(254),
  init_file: (draft, statement, complaints) => {
    if (!hasValues(statement, 0, 2, complaints)) return;
    let value = 0;
    let overwrite = false;
    for (const word of statement.values) {
      const number = wholeNumber(word.text);
      if (word.text === 'overwrite') overwrite = true;
      else if (number !== undefined) value = number;
      else unexpected(complaints, word, statement, 'a whole number, overwrite, or nothing');
    }
    draft.initial = { value, overwrite };
  },
};

/** track_file NAME { … }, vrrp_track_file NAME { … } */
export const trackFileBlock = definitionBlock<FileDraft, TrackFile>({
  title: 'track_file',
  keywords: FILE_KEYWORDS,
  draft: () => ({}),
  weight: 1,
  among: ({ files }) => files,
  define({ path, initial }) {
    if (path === undefined) return { missing: 'file', cure: 'add file "/path/to/file"' };
    return initial === undefined ? { path } : { path, initial };
  },
});
