import type { Script, ScriptUser, TrackScript } from './configuration.ts';
import { flag, hasValues, integer, type KeywordTable, script, scriptUser, seconds } from './keyword.ts';
import { definitionBlock } from './track-definition.ts';
import { type WeightDraft, weight } from './tracking.ts';

interface ScriptDraft extends WeightDraft {
  script?: Script;
  user?: ScriptUser;
  intervalNs: number;
  timeoutNs?: number;
  rise: number;
  fall: number;
  initiallyFailed: boolean;
}

const SCRIPT_KEYWORDS: KeywordTable<ScriptDraft> = {
  script: script((draft, value) => {
    draft.script = value;
  }),
  interval: seconds(0.01, 86_400, (draft, value) => {
    draft.intervalNs = value;
  }),
  timeout: seconds(0.01, 86_400, (draft, value) => {
    draft.timeoutNs = value;
  }),
  weight: weight(253),
  rise: integer(1, 1_000_000, (draft, value) => {
    draft.rise = value;
  }),
  fall: integer(1, 1_000_000, (draft, value) => {
    draft.fall = value;
  }),
  user: (draft, statement, complaints) => {
    if (!hasValues(statement, 1, 2, complaints)) return;
    const user = scriptUser(statement.values);
    if (user !== undefined) draft.user = user;
  },
  init_fail: flag((draft) => {
    draft.initiallyFailed = true;
  }),
};

/** vrrp_script NAME { … } */
export const trackScriptBlock = definitionBlock<ScriptDraft, TrackScript>({
  title: 'vrrp_script',
  keywords: SCRIPT_KEYWORDS,
  draft: () => ({ intervalNs: 1e9, rise: 1, fall: 1, initiallyFailed: false }),
  weight: 0,
  among: ({ scripts }) => scripts,
  define({ script, user, intervalNs, timeoutNs, rise, fall, initiallyFailed }) {
    if (script === undefined) return { missing: 'script', cure: 'add script "/path/to/script arguments"' };
    return {
      script: user === undefined ? script : { ...script, user },
      intervalNs,
      timeoutNs: timeoutNs ?? intervalNs,
      rise,
      fall,
      initiallyFailed,
    };
  },
});
