import type { Level, Profile } from '../result.ts';
import { HOSTS } from './hosts.ts';
import { RECEIVING } from './receiving.ts';
import type { Requirement } from './requirement.ts';
import { SENDING } from './sending.ts';
import { STATE_MACHINE } from './state-machine.ts';

/** Every requirement, in the order in which it is printed. */
export const LEDGER: readonly Requirement[] = [...SENDING, ...RECEIVING, ...STATE_MACHINE, ...HOSTS];

const BY_ID: ReadonlyMap<string, Requirement> = new Map(LEDGER.map((requirement) => [requirement.id, requirement]));

/** The requirement of that id. Throws where the ledger has none: an id is written by us, never read. */
export function requirementOf(id: string): Requirement {
  const requirement = BY_ID.get(id);
  if (requirement === undefined) throw new Error(`the ledger has no requirement ${id}`);
  return requirement;
}

/** How a broken requirement counts under a profile that has it. */
export function levelOf(requirement: Requirement): Level {
  if (requirement.level === 'must' || requirement.level === 'must-not') return 'must';
  if (requirement.level === 'should' || requirement.level === 'should-not') return 'should';
  return requirement.weight ?? 'information';
}

const INTENT = 'intent of ';

/** `RFC 9568 §7.2`, or nothing where the document does not have the requirement. */
export function citation(requirement: Requirement, profile: Profile): string | undefined {
  const section = requirement.sections[profile];
  if (section === undefined) return undefined;
  if (section.startsWith('RFC ')) return section;
  if (section.startsWith(INTENT)) return `${INTENT}RFC ${profile.slice(3)} §${section.slice(INTENT.length)}`;
  return `RFC ${profile.slice(3)} §${section.replaceAll(', ', ', §')}`;
}
