import complete from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { LEDGER } from '../conformance/ledger/ledger.ts';
import { FAULT_NAMES } from '../failover/fault.ts';
import { MISBEHAVIOURS } from '../misbehaviour/catalogue.ts';
import { VARIANTS } from '../scenario/variant.ts';

const ROUTERS = ['native', 'keepalived', 'frr'];

const BASH_REGISTRATION = 'complete -o default -F __vrrpbench_complete vrrpbench\n';

/** What options take that commander does not know: names, several of them separated by commas. */
const NAMES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  run: { router: [...ROUTERS, 'port'], variant: VARIANTS },
  lab: { router: ROUTERS, variant: VARIANTS },
  failover: { router: ROUTERS, family: ['ipv4', 'ipv6'], version: ['2', '3'], fault: ['all', ...FAULT_NAMES] },
  check: { rules: LEDGER.map(({ id }) => id) },
  explore: { exhaustive: ['2', '3'], misbehaviour: MISBEHAVIOURS.map(({ name }) => name) },
  mutants: { only: MISBEHAVIOURS.map(({ name }) => name), variant: VARIANTS },
};

/**
 * Adds the command `complete`, which prints a shell's completion script, and which that script asks for what fits a line that is
 * being typed. `words` is that line, behind `complete --`.
 */
export function addCompletion(program: Command, words: readonly string[]): void {
  const completion = complete(program);
  // bash asks for files only where that was said when the function was registered.
  if (words[1] === 'bash') process.once('exit', () => process.stdout.write(BASH_REGISTRATION));
  offerFiles(completion);
  // The completed value replaces the whole word: what stands before its last comma is kept.
  const typed = words.at(-1) ?? '';
  const kept = typed.slice(0, typed.lastIndexOf(',') + 1);
  for (const [command, options] of Object.entries(NAMES)) {
    for (const [option, names] of Object.entries(options)) {
      const known = completion.commands.get(command)?.options.get(option);
      if (known === undefined) throw new Error(`there is no --${option} of ${command} to complete`);
      known.handler = (suggest) => {
        for (const name of names) suggest(`${kept}${name}`, '');
      };
    }
  }
}

/** What the library leaves private: it prints what fits the word that is typed. */
interface Printer {
  readonly completions: readonly { readonly value: string }[];
  complete(typed: string): void;
}

/** Where no name fits, the shell offers files: most of our words are some. The library tells it never to. */
function offerFiles(completion: object): void {
  const printer = completion as Printer;
  const printNames = printer.complete.bind(printer);
  printer.complete = (typed) => {
    const word = typed.startsWith('--') && typed.includes('=') ? typed.slice(typed.indexOf('=') + 1) : typed;
    if (printer.completions.some(({ value }) => value.startsWith(word))) printNames(typed);
    else process.stdout.write(':0\n');
  };
}
