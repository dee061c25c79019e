import { type Complaints, complain } from './problem.ts';
import type { SourceText } from './source.ts';
import { isBrace, readWords, type Word } from './words.ts';

/** A keyword with its values, and its block where it has one. */
export interface Statement {
  readonly keyword: Word;
  readonly values: readonly Word[];
  readonly block?: readonly Statement[];
}

/** Blocks nest at most this deep in any real configuration. */
const DEEPEST_BLOCK = 16;

interface OpenBlock {
  readonly keyword: Word;
  readonly statements: Statement[];
}

/** Builds the tree of statements: one a line, blocks between braces; what follows a brace begins a new statement. */
export function readStatements(lines: readonly SourceText[], complaints: Complaints): Statement[] {
  const root: Statement[] = [];
  const open: OpenBlock[] = [];
  let statements = root;
  let pending: Word[] = [];

  const finish = (block?: Statement[]): void => {
    const [keyword, ...values] = pending;
    pending = [];
    if (keyword === undefined) return;
    statements.push(block === undefined ? { keyword, values } : { keyword, values, block });
  };

  for (const [index, line] of lines.entries()) {
    const words = readWords(line, complaints);
    for (const word of words) {
      if (isBrace(word, '{')) {
        const keyword = pending[0];
        if (keyword === undefined) complain(complaints, word, 'a block without a keyword before it', 'remove {');
        else if (open.length >= DEEPEST_BLOCK) {
          complain(complaints, word, `blocks nest more than ${DEEPEST_BLOCK} deep`, 'a } is missing above');
          return root;
        }
        const block: Statement[] = [];
        finish(block);
        open.push({ keyword: keyword ?? word, statements });
        statements = block;
      } else if (isBrace(word, '}')) {
        finish();
        const closed = open.pop();
        if (closed === undefined) complain(complaints, word, 'a } that closes nothing', 'remove it');
        else statements = closed.statements;
      } else {
        pending.push(word);
      }
    }
    // A block may open on the line after its keyword, as keepalived reads it too.
    if (!opensNext(lines[index + 1])) finish();
  }
  finish();
  for (const { keyword } of open) {
    complain(complaints, keyword, `the block of ${keyword.text} is never closed`, 'add }');
  }
  return root;
}

function opensNext(line: SourceText | undefined): boolean {
  return line !== undefined && /^\s*\{/.test(line.text);
}
