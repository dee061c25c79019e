import type { Nanoseconds, TimeOrigin } from '../../capture/time.ts';
import { compareWithConfiguration } from '../causes/deviations.ts';
import { nameCauses } from '../causes/name-causes.ts';
import { notesOn } from '../causes/notes.ts';
import { LEDGER } from '../ledger/ledger.ts';
import type { Finding, Observation } from '../result.ts';
import { flushClaims } from './claims.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf } from './context.ts';
import { settleNamelessAnswers } from './nameless-answers.ts';
import { settleNamelessStrays } from './nameless-strays.ts';
import { endShutdown } from './shutdown.ts';
import type { LanState, VirtualRouterState } from './state.ts';
import { NEVER } from './state.ts';
import { endHistory } from './tenure.ts';
import { historyOf, withRouterName } from './views.ts';

/** All that has been seen, when nothing more comes. */
export interface Seen {
  readonly context: Context;
  readonly virtualRouters: readonly VirtualRouterState[];
  readonly origin: TimeOrigin;
  readonly frames: number;
  readonly advertisements: number;
  readonly firstNs: Nanoseconds | undefined;
  readonly lastNs: Nanoseconds;
  /** Whether link addresses were captured. */
  readonly linkAddresses: boolean;
  /** Which limits were reached, in words; asked when all is judged. */
  limitsReached(): readonly string[];
}

/** Judges what only the end can tell, and puts together what was observed. */
export function concludeObservation(seen: Seen): Observation {
  const { context, virtualRouters, firstNs, lastNs } = seen;
  const { intent } = context.options;
  for (const virtualRouter of virtualRouters) conclude(context, virtualRouter);
  const judgements = context.findings.judgements();
  const spoken = virtualRouters.filter(({ routers }) => routers.length > 0);
  const available = {
    ports: context.vantage.ports,
    events: context.nodes.known,
    intent: intent !== undefined,
    'link-addresses': seen.linkAddresses || seen.frames === 0,
    memberships: spoken.every(({ family, lan }) => family === 'ipv4' || showsMemberships(lan)),
  };
  const histories = spoken.map(historyOf);
  const all = findingsSoFar(context, virtualRouters, { firstNs: firstNs ?? NEVER, lastNs });
  return {
    origin: seen.origin,
    interfaces: context.interfaces,
    frames: seen.frames,
    advertisements: seen.advertisements,
    ...(firstNs === undefined ? {} : { firstNs, lastNs }),
    virtualRouters: histories,
    findings: all,
    causes: nameCauses({ context, virtualRouters: spoken, histories, findings: all }),
    ...(intent === undefined || context.nodes.known ? NOT_COMPARED : compareWithConfiguration(intent, spoken)),
    notes: notesOn(context, spoken),
    // What a capture happened to show is judged, whatever is missing.
    notApplicable: [...context.judge.notApplicable(available), ...UNSEEN].filter(
      ({ requirement }) => !judgements.some((one) => one.requirement === requirement),
    ),
    judged: judgements,
    limits: seen.limitsReached(),
  };
}

/** What was found until now. One that no single frame shows, as a median, holds for all of the time that was seen. */
export function findingsSoFar(
  context: Context,
  virtualRouters: readonly VirtualRouterState[],
  span: { readonly firstNs: Nanoseconds; readonly lastNs: Nanoseconds },
): readonly Finding[] {
  return context.findings.all(context.losses).map((finding) => {
    const named = withRouterName(virtualRouters, finding);
    return finding.frames.length > 0 ? named : { ...named, first: span.firstNs, last: span.lastNs };
  });
}

function conclude(context: Context, virtualRouter: VirtualRouterState): void {
  for (const router of virtualRouter.routers) endShutdown(context, router);
  flushClaims(context, virtualRouter, Number.POSITIVE_INFINITY);
  endHistory(context, virtualRouter, virtualRouter.lan.lastFrameNs);
  settleNamelessAnswers(virtualRouter);
  settleNamelessStrays(context, virtualRouter);
  context.judge.virtualRouter(
    { virtualRouter, vantage: context.vantage, intentOf: (router) => intentOf(context, router) },
    (name) => {
      const router = virtualRouter.routers.find((one) => one.name === name);
      return subjectOf(context, virtualRouter, name, router?.version ?? 3);
    },
  );
}

function showsMemberships({ memberships }: LanState): boolean {
  return memberships.seen || memberships.answered.size > 0;
}

const NOT_COMPARED = { deviations: [], agreements: [] } as const;

/** What frames never show, whatever was captured. */
const UNSEEN = LEDGER.flatMap(({ id, unseen }) => (unseen === undefined ? [] : [{ requirement: id, reason: unseen }]));
