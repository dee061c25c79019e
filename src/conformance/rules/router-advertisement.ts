import type { RouterAdvertising } from '../observer/router-advertisements.ts';
import type { RouterDeviation, Rule, StrayView, VirtualRouterView } from './rule.ts';
import { VERSION_3 } from './rule.ts';
import { duration, nameOf } from './words.ts';

/** What hosts are told of their router (RFC 9568 §6.4.2, §6.4.3), and whether its addresses answer them at once. */
export const ROUTER_ADVERTISEMENT_RULES: readonly Rule[] = [
  { requirement: 'active.ra', profiles: VERSION_3, needs: ['intent'], virtualRouter: judgeAdvertising },
  {
    requirement: 'backup.no-ra',
    profiles: VERSION_3,
    needs: ['ports'],
    stray: (view) => (view.isRouterAdvertisement && view.role === 'backup' ? judgeOfBackup(view) : undefined),
    virtualRouter: ({ virtualRouter }) => (virtualRouter.backupAsked ? [] : undefined),
  },
  { requirement: 'nd.dad', profiles: VERSION_3, needs: ['ports'], virtualRouter: judgeFirstAnswers },
];

function judgeOfBackup({ router, what, virtualRouter }: StrayView) {
  return {
    what,
    message: `${router} sent ${what} for ${nameOf(virtualRouter)} while it was Backup: hosts change their default router, or drop the one that another router goes on being`,
    expected: 'Router Advertisements from the Active router alone',
    seen: what,
    advice: 'let the program that sends Router Advertisements (radvd, zebra) follow the state of VRRP',
  };
}

function judgeAdvertising({ virtualRouter, intentOf }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  const told: RouterAdvertising[] = [];
  for (const advertising of virtualRouter.routerAdvertisements.values()) {
    const router = virtualRouter.routers.find(({ name }) => name === advertising.router);
    if (router === undefined || intentOf(router)?.routerAdvertisements !== true) continue;
    const { kept, missing, elsewhere } = advertising;
    if (kept + missing.count + elsewhere.size > 0) told.push(advertising);
  }
  if (told.length === 0) return undefined;
  const name = nameOf(virtualRouter);
  return told.flatMap(({ router, missing, elsewhere }) => [
    ...(missing.count === 0
      ? []
      : [
          {
            router,
            fromSilence: true,
            what: 'missing',
            frames: missing.frames,
            count: missing.count,
            message: `${router} is Active for ${name} and sent no Router Advertisement when one was due, though it is configured to send them: hosts lose their default router, or do not find it`,
            expected: 'a Router Advertisement, at most 3.5 s after a host asked',
            seen: 'none',
          },
        ]),
    ...[...elsewhere].map(([way, { count, frames }]) => ({
      router,
      what: way,
      frames,
      count,
      message: `${router} is Active for ${name} and sent Router Advertisements ${way}: what hosts take for their router is gone after a failover`,
      expected: "the virtual router's link-local address and virtual MAC",
      seen: way,
    })),
  ]);
}

function judgeFirstAnswers({ virtualRouter }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  const { promptAnswers, lateAnswers } = virtualRouter;
  if (promptAnswers + lateAnswers.length === 0) return undefined;
  return lateAnswers.map(({ router, address, delayNs, frame }) => ({
    router,
    what: address,
    frames: [frame],
    message: `${router} became Active for ${nameOf(virtualRouter)}, and ${address} did not answer for ${duration(delayNs)}: its takeover seems to wait for duplicate address detection`,
    expected: 'an answer as soon as it is Active',
    seen: duration(delayNs),
    advice: 'add virtual addresses without duplicate address detection (nodad, accept_dad=0 on the macvlan)',
  }));
}
