import type { TrackProcess } from './configuration.ts';
import { flag, hasValues, integer, type KeywordTable, seconds, unexpected } from './keyword.ts';
import { complain } from './problem.ts';
import { definitionBlock } from './track-definition.ts';
import { type WeightDraft, weight } from './tracking.ts';

interface ProcessDraft extends WeightDraft {
  command: readonly string[];
  parameterMatch?: TrackProcess['parameterMatch'];
  quorum: number;
  quorumMaximum?: number;
  upDelayNs: number;
  downDelayNs: number;
  fullCommand: boolean;
}

const PROCESS_KEYWORDS: KeywordTable<ProcessDraft> = {
  process: (draft, { keyword, values, block }, complaints) => {
    if (values.length === 0 || block !== undefined) complain(complaints, keyword, 'process needs a name');
    else draft.command = values.map(({ text }) => text);
  },
  param_match: (draft, statement, complaints) => {
    if (!hasValues(statement, 1, 1, complaints)) return;
    const value = statement.values[0]!;
    if (value.text === 'initial' || value.text === 'partial') draft.parameterMatch = value.text;
    else unexpected(complaints, value, statement, 'initial or partial');
  },
  weight: weight(254),
  quorum: integer(1, 65_535, (draft, value) => {
    draft.quorum = value;
  }),
  quorum_max: integer(0, 65_535, (draft, value) => {
    draft.quorumMaximum = value;
  }),
  fork_delay: seconds(0, 3600, (draft, value) => {
    draft.upDelayNs = value;
  }),
  terminate_delay: seconds(0, 3600, (draft, value) => {
    draft.downDelayNs = value;
  }),
  delay: seconds(0, 3600, (draft, value) => {
    draft.upDelayNs = value;
    draft.downDelayNs = value;
  }),
  full_command: flag((draft) => {
    draft.fullCommand = true;
  }),
};

/** vrrp_track_process NAME { … } */
export const trackProcessBlock = definitionBlock<ProcessDraft, TrackProcess>({
  title: 'vrrp_track_process',
  keywords: PROCESS_KEYWORDS,
  draft: () => ({ command: [], quorum: 1, upDelayNs: 0, downDelayNs: 0, fullCommand: false }),
  weight: 1,
  among: ({ processes }) => processes,
  define({ command, parameterMatch, quorum, quorumMaximum, upDelayNs, downDelayNs, fullCommand }) {
    if (command.length === 0) return { missing: 'process', cure: 'add process NAME' };
    return {
      command,
      // "Not running at all" is a quorum_max of 0.
      quorum: quorumMaximum === 0 ? 0 : quorum,
      ...(quorumMaximum === undefined ? {} : { quorumMaximum }),
      ...(parameterMatch === undefined ? {} : { parameterMatch }),
      upDelayNs,
      downDelayNs,
      fullCommand,
    };
  },
});
