import { ADVERTISEMENT_RULES } from './advertisement.ts';
import { ANNOUNCEMENT_RULES } from './announcement.ts';
import { BINDING_RULES } from './binding.ts';
import { CHECKSUM_RULES } from './checksum.ts';
import { DATA_PLANE_RULES } from './data-plane.ts';
import { DISBELIEF_RULES } from './disbelief.ts';
import { ELECTION_RULES } from './election.ts';
import { GROUP_RULES } from './group.ts';
import { INTERLEAVED_RULES } from './interleaved.ts';
import { MEMBERSHIP_RULES } from './membership.ts';
import { MISSING_RULES } from './missing.ts';
import { MISTAKE_RULES } from './mistakes.ts';
import { PREEMPTION_RULES } from './preemption.ts';
import { REACHABILITY_RULES } from './reachability.ts';
import { REACTION_RULES } from './reaction.ts';
import { ROUTER_ADVERTISEMENT_RULES } from './router-advertisement.ts';
import type { Rule } from './rule.ts';
import { SHORT_INTERVAL_RULES } from './short-interval.ts';
import { SOURCE_RULES } from './source.ts';
import { TAKEOVER_RULES } from './takeover.ts';
import { VERSION_RULES } from './versions.ts';

/** Every rule. What the ledger has and no rule here speaks for is not covered by watching alone. */
export const RULES: readonly Rule[] = [
  ...ADVERTISEMENT_RULES,
  ...SOURCE_RULES,
  ...CHECKSUM_RULES,
  ...TAKEOVER_RULES,
  ...MISTAKE_RULES,
  ...SHORT_INTERVAL_RULES,
  ...ANNOUNCEMENT_RULES,
  ...BINDING_RULES,
  ...DISBELIEF_RULES,
  ...ELECTION_RULES,
  ...REACTION_RULES,
  ...DATA_PLANE_RULES,
  ...PREEMPTION_RULES,
  ...GROUP_RULES,
  ...INTERLEAVED_RULES,
  ...MISSING_RULES,
  ...REACHABILITY_RULES,
  ...ROUTER_ADVERTISEMENT_RULES,
  ...MEMBERSHIP_RULES,
  ...VERSION_RULES,
];
