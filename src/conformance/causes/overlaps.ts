import { basename } from 'node:path';
import type { CaptureInterface } from '../../capture/frame.ts';
import { SECOND } from '../../capture/time.ts';
import type { Context } from '../observer/context.ts';
import type { OpenTenure, Overlap, RouterState } from '../observer/state.ts';
import { append } from '../observer/timeline.ts';
import type { OverlapReason } from '../result.ts';
import { duration } from '../rules/words.ts';
import { disagreements } from './disagreement.ts';

/** A multicast querier speaks every 125 s; a switch forgets a group that nobody asked about after 260 s (RFC 3376 §8). */
const GROUP_FORGOTTEN_NS = 260 * SECOND;
/** Spanning tree keeps a port from forwarding for twice its forward delay. */
const SPANNING_TREE_NS = { least: 5 * SECOND, most: 60 * SECOND };
/** Fewer sightings do not tell where a router's frames arrive. */
const SIGHTINGS = 3;

/** Two routers were Active for longer than an election takes: keeps when, and why it may have been. */
export function noteOverlap(
  context: Context,
  overlap: Overlap,
  loser: OpenTenure,
  yielded: boolean,
  lost: string | undefined,
): void {
  if (overlap.splitCount === 0) return;
  const { winner, beganNs, splitLastNs, splitFrames } = overlap;
  append(loser.router.virtualRouter.overlaps, {
    fromNs: beganNs,
    toNs: splitLastNs,
    winner: winner.name,
    loser: loser.router.name,
    reasons: [...lossReason(overlap, lost), ...reasonsOf(context, overlap, loser, yielded)],
    frames: splitFrames.slice(0, 5),
  });
}

function lossReason({ winner }: Overlap, lost: string | undefined): OverlapReason[] {
  if (lost === undefined) return [];
  const text = `it may not have been: ${lost}, and ${winner.name} may have given up by a priority 0 among it`;
  return [
    {
      id: 'lost-advertisements',
      certainty: 'possible',
      text,
      settle: 'capture without loss: a filter, a larger buffer',
    },
  ];
}

function reasonsOf(context: Context, overlap: Overlap, loser: OpenTenure, yielded: boolean): readonly OverlapReason[] {
  const { winner } = overlap;
  const unheard = whoIsNotHeard(context, overlap, loser.router);
  const differences = disagreements(winner, loser.router);
  const proven = unheard === undefined ? [] : [unheard];
  if (differences.some(({ certainty }) => certainty === 'likely')) return [...proven, ...differences];
  return [...proven, ...differences, ...hypotheses(context, overlap, loser, yielded, unheard !== undefined)];
}

/** With ports, or captures of both sides: whether the frames of one reach the other. */
function whoIsNotHeard(context: Context, overlap: Overlap, loser: RouterState): OverlapReason | undefined {
  const { winner } = overlap;
  const settle = 'follow the advertisements from port to port: the last place that has them is before the fault';
  if (context.vantage.ports) {
    if (overlap.isDefied) return undefined;
    const until = overlap.heardNs === undefined ? '' : ` for ${duration(overlap.heardNs - overlap.beganNs)}`;
    const text = `nothing of ${winner.name} reached the port of ${loser.name}${until}`;
    return { id: 'cannot-hear', certainty: 'shown', text, settle };
  }
  const [at, other] = [placesOf(context, winner), placesOf(context, loser)];
  if (at === undefined || other === undefined || at.some((place) => other.includes(place))) return undefined;
  const text = `advertisements of ${winner.name} were seen at ${at.join(', ')} alone, those of ${loser.name} at ${other.join(', ')} alone: neither reaches the other`;
  return { id: 'cannot-hear', certainty: 'shown', text, settle };
}

/** Where a router's advertisements were seen, of several places that were captured. */
function placesOf({ interfaces }: Context, { seenAt }: RouterState): readonly string[] | undefined {
  const places = [...seenAt].filter(([, count]) => count >= SIGHTINGS).map(([index]) => placeName(interfaces, index));
  return interfaces.length < 2 || places.length === 0 ? undefined : places;
}

/** The name of an interface, with its file where there are several. */
export function placeName(interfaces: readonly CaptureInterface[], index: number): string {
  const { file, name } = interfaces[index] ?? {};
  const own = name === undefined || name === '' ? `interface ${index}` : name;
  return file === undefined ? own : `${basename(file)} ${name ?? ''}`.trim();
}

/** What else keeps multicast from a router: nothing of it is proven where one tap sees both. */
function hypotheses(
  context: Context,
  { beganNs, splitLastNs, heardNs }: Overlap,
  loser: OpenTenure,
  yielded: boolean,
  proven: boolean,
): OverlapReason[] {
  const lastedNs = splitLastNs - beganNs;
  const reasons: OverlapReason[] = [];
  const { lan } = loser.router.virtualRouter;
  const queriedNs = context.witness.queriers.get(lan);
  if (yielded && lastedNs >= SPANNING_TREE_NS.least && lastedNs <= SPANNING_TREE_NS.most) {
    reasons.push({
      id: 'spanning-tree',
      certainty: 'possible',
      text: `after ${duration(lastedNs)} the lower one heard the other and gave way: so does a switch port that spanning tree opens late`,
      settle: 'look at the port: make it an edge port (portfast), or let preempt_delay or the start-up delay be longer',
    });
  }
  // At its own port the loser did hear the winner: nothing kept the frames from it.
  if (context.vantage.ports && heardNs !== undefined) return reasons;
  if (queriedNs === undefined || splitLastNs - queriedNs > GROUP_FORGOTTEN_NS) {
    const watched = duration(lan.lastFrameNs - lan.firstFrameNs);
    reasons.push({
      id: 'multicast-snooping',
      certainty: 'possible',
      text: `no multicast querier was seen${queriedNs === undefined ? ` in ${watched}` : ` since ${duration(splitLastNs - queriedNs)}`}: a switch that snoops forgets the VRRP group after some minutes, and both hear themselves alone`,
      settle: 'on the switch: is snooping on, is there a querier, does the group list both ports (bridge mdb show)?',
    });
  }
  if (!proven) {
    reasons.push({
      id: 'cannot-hear',
      certainty: 'possible',
      text: 'the capture shows both; whether each hears the other it does not show',
      settle:
        'capture at both routers and give both files at once: a firewall, port security against 00:00:5e, or a VLAN that ends halfway show then',
    });
  }
  return reasons;
}
