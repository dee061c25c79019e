import type { Script, ScriptUser, TrackFile, TrackProcess, TrackScript } from './configuration.ts';
import {
  entries,
  flag,
  hasValues,
  integer,
  type Keyword,
  type KeywordTable,
  quoted,
  readBlock,
  script,
  scriptUser,
  seconds,
  unexpected,
  wholeNumber,
} from './keyword.ts';
import { type Complaints, complain } from './problem.ts';
import type { Statement } from './statement.ts';
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

/** What is tracked, by kind and name. */
export interface TrackDefinitions {
  readonly scripts: Map<string, TrackScript>;
  readonly files: Map<string, TrackFile>;
  readonly processes: Map<string, TrackProcess>;
}

/** No definitions. */
export function trackDefinitions(): TrackDefinitions {
  return { scripts: new Map(), files: new Map(), processes: new Map() };
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

function weight<Draft extends WeightDraft>(limit: number): Keyword<Draft> {
  return (draft, statement, complaints) => {
    if (hasValues(statement, 1, 2, complaints))
      readWeight(draft, statement.values, limit, statement.keyword, complaints);
  };
}

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

/** The name of a named block and its statements; complains where one is missing. */
export function namedBlock(
  { keyword, values, block }: Statement,
  complaints: Complaints,
): { readonly name: Word; readonly block: readonly Statement[] } | undefined {
  const [name, surplus] = values;
  if (name === undefined || block === undefined) {
    const words = keyword.text;
    complain(complaints, keyword, `${words} needs a name and a block`, `write ${words} NAME { … }`);
    return undefined;
  }
  if (surplus !== undefined)
    complain(complaints, surplus, `a ${keyword.text} has one name`, 'quote it, or remove a word');
  return { name, block };
}

function define<Definition>(
  definitions: Map<string, Definition>,
  { keyword }: Statement,
  name: Word,
  definition: Definition,
  complaints: Complaints,
): void {
  if (definitions.has(name.text))
    complain(complaints, name, `${keyword.text} ${quoted(name.text)} is there twice`, 'rename one');
  definitions.set(name.text, definition);
}

/** vrrp_script NAME { … } */
export const trackScriptBlock: Keyword<TrackDefinitions> = (definitions, statement, complaints) => {
  const named = namedBlock(statement, complaints);
  if (named === undefined) return;
  const draft: ScriptDraft = { intervalNs: 1e9, rise: 1, fall: 1, initiallyFailed: false };
  readBlock(SCRIPT_KEYWORDS, 'vrrp_script', draft, named.block, complaints);
  const { name } = named;
  if (draft.script === undefined) {
    complain(complaints, name, `vrrp_script ${name.text} needs script`, 'add script "/path/to/script arguments"');
    return;
  }
  const { file, line, column } = name;
  define(
    definitions.scripts,
    statement,
    name,
    {
      file,
      line,
      column,
      name: name.text,
      script: draft.user === undefined ? draft.script : { ...draft.script, user: draft.user },
      intervalNs: draft.intervalNs,
      timeoutNs: draft.timeoutNs ?? draft.intervalNs,
      rise: draft.rise,
      fall: draft.fall,
      weight: draft.weight ?? 0,
      reverse: draft.reverse ?? false,
      initiallyFailed: draft.initiallyFailed,
    },
    complaints,
  );
};

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
export const trackFileBlock: Keyword<TrackDefinitions> = (definitions, statement, complaints) => {
  const named = namedBlock(statement, complaints);
  if (named === undefined) return;
  const draft: FileDraft = {};
  readBlock(FILE_KEYWORDS, 'track_file', draft, named.block, complaints);
  const { name } = named;
  if (draft.path === undefined) {
    complain(complaints, name, `track_file ${name.text} needs file`, 'add file "/path/to/file"');
    return;
  }
  const { file, line, column } = name;
  define(
    definitions.files,
    statement,
    name,
    {
      file,
      line,
      column,
      name: name.text,
      path: draft.path,
      weight: draft.weight ?? 1,
      reverse: draft.reverse ?? false,
      ...(draft.initial === undefined ? {} : { initial: draft.initial }),
    },
    complaints,
  );
};

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
export const trackProcessBlock: Keyword<TrackDefinitions> = (definitions, statement, complaints) => {
  const named = namedBlock(statement, complaints);
  if (named === undefined) return;
  const draft: ProcessDraft = { command: [], quorum: 1, upDelayNs: 0, downDelayNs: 0, fullCommand: false };
  readBlock(PROCESS_KEYWORDS, 'vrrp_track_process', draft, named.block, complaints);
  const { name } = named;
  if (draft.command.length === 0) {
    complain(complaints, name, `vrrp_track_process ${name.text} needs process`, 'add process NAME');
    return;
  }
  const { file, line, column } = name;
  const { command, parameterMatch, upDelayNs, downDelayNs, fullCommand } = draft;
  define(
    definitions.processes,
    statement,
    name,
    {
      file,
      line,
      column,
      name: name.text,
      command,
      // "Not running at all" is a quorum_max of 0.
      quorum: draft.quorumMaximum === 0 ? 0 : draft.quorum,
      ...(draft.quorumMaximum === undefined ? {} : { quorumMaximum: draft.quorumMaximum }),
      ...(parameterMatch === undefined ? {} : { parameterMatch }),
      upDelayNs,
      downDelayNs,
      fullCommand,
      weight: draft.weight ?? 1,
      reverse: draft.reverse ?? false,
    },
    complaints,
  );
};
