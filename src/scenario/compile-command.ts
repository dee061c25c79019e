import type { MachineCommand } from '../stage/action.ts';
import type { Scene } from './compile-topology.ts';
import { requireName } from './compile-values.ts';
import type { PlanStep } from './plan.ts';
import type { DocumentPath } from './problem.ts';
import type { CommandDocument } from './schema.ts';

/** A command step of a document, whose commands are run in turn. */
export function compileCommand(
  scene: Scene,
  said: CommandDocument,
  path: DocumentPath,
): Omit<Extract<PlanStep, { kind: 'run-commands' }>, 'label' | 'line'> {
  const name = requireName(said.at, [...scene.nodes, ...scene.lans], 'node or LAN', [...path, 'at']);
  const at: MachineCommand['at'] = scene.nodes.includes(name) ? { node: name } : { lan: name };
  const lines = typeof said.run === 'string' ? [said.run] : said.run;
  const commands = lines.map((line) => ({ at, words: line.trim().split(/\s+/) }));
  return { kind: 'run-commands', text: `command at ${name}: ${lines[0]}${lines.length > 1 ? ', …' : ''}`, commands };
}
