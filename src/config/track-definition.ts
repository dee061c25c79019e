import type { Tracked, TrackFile, TrackProcess, TrackScript } from './configuration.ts';
import { type Keyword, type KeywordTable, quoted, readBlock } from './keyword.ts';
import { type Complaints, complain } from './problem.ts';
import type { Statement } from './statement.ts';
import type { WeightDraft } from './tracking.ts';
import type { Word } from './words.ts';

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

/** What one kind of block that defines something tracked is. */
export interface DefinitionKind<Draft extends WeightDraft, Definition extends Tracked> {
  /** As complaints name it. */
  readonly title: string;
  readonly keywords: KeywordTable<Draft>;
  /** A draft with the defaults. */
  readonly draft: () => Draft;
  /** What the draft defines, or what it lacks. */
  readonly define: (draft: Draft) => Omit<Definition, keyof Tracked> | MissingKeyword;
  readonly weight: number;
  readonly among: (definitions: TrackDefinitions) => Map<string, Definition>;
}

/** The keyword that a block cannot do without, and what to write. */
export interface MissingKeyword {
  readonly missing: string;
  readonly cure: string;
}

/** A block `KEYWORD NAME { … }` that defines something that can be tracked. */
export function definitionBlock<Draft extends WeightDraft, Definition extends Tracked>(
  kind: DefinitionKind<Draft, Definition>,
): Keyword<TrackDefinitions> {
  return (all, statement, complaints) => {
    const named = namedBlock(statement, complaints);
    if (named === undefined) return;
    const { name } = named;
    const draft = kind.draft();
    readBlock(kind.keywords, kind.title, draft, named.block, complaints);
    const defined = kind.define(draft);
    if ('missing' in defined) {
      complain(complaints, name, `${kind.title} ${name.text} needs ${defined.missing}`, defined.cure);
      return;
    }
    const definitions = kind.among(all);
    if (definitions.has(name.text))
      complain(complaints, name, `${statement.keyword.text} ${quoted(name.text)} is there twice`, 'rename one');
    const { file, line, column } = name;
    const tracked: Tracked = {
      file,
      line,
      column,
      name: name.text,
      weight: draft.weight ?? kind.weight,
      reverse: draft.reverse ?? false,
    };
    definitions.set(name.text, { ...tracked, ...defined } as Definition);
  };
}
