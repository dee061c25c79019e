import type { Family } from '../../wire/vrrp.ts';
import type { Level, Profile } from '../result.ts';

/** How binding the document says it is; `none` where no document has the statement and the bench only tells. */
export type RequirementLevel = 'must' | 'must-not' | 'should' | 'should-not' | 'may' | 'none';

/**
 * What shows whether a router obeys: a capture of anything (passive), a router that is provoked (active), a host or a
 * forwarded packet (data plane), or only the router's own log and state.
 */
export type Evidence = 'passive' | 'active' | 'data-plane' | 'log';

/** An erratum of RFC 9568 that changes a requirement. Each is a switch of its own. */
export type Erratum = 7947 | 7949 | 8298 | 8299 | 8300 | 8301;

/** Why nothing that looks at frames judges what a router writes to its log, or how it makes an address. */
export const NOT_ON_THE_WIRE =
  "is not observable on the wire: no frame shows it; the native router's own tests show that it does";

/** One normative statement of the documents, in our own words. */
export interface Requirement {
  /** Names the behaviour: `tx.src-mac`. */
  readonly id: string;
  /** The family of addresses that it speaks of; both unless said. */
  readonly family?: Family;
  /** Where each document says it; a document that does not is absent. */
  readonly sections: Readonly<Partial<Record<Profile, string>>>;
  readonly level: RequirementLevel;
  readonly statement: string;
  readonly how: readonly Evidence[];
  /** Errata that changed it. */
  readonly errata?: readonly Erratum[];
  /** How it counts where no document speaks, but people are hurt all the same: a split brain is one. */
  readonly weight?: Level;
  /** A capture shows it only where it knows at whose port a frame was seen. */
  readonly passiveNeedsPorts?: boolean;
  /** What it would take to judge it, where no frame that happens to be captured shows it: `needs the router's log`. */
  readonly unseen?: string;
  /** Why no scenario provokes it, though any frames may show it. */
  readonly unprovoked?: string;
}
