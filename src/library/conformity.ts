import { type CheckedCapture, checkCapture } from '../conformance/check-capture.ts';
import { type Finding, type Observation, PROFILES, type Profile } from '../conformance/result.ts';

/** What can be asked whether it conforms: a capture's path, what `check` made of one, or a run. */
export type Judged = string | Pick<CheckedCapture, 'observation'> | { readonly observation?: Observation };

/**
 * The findings of a capture or a run that break a document: a MUST of it (or, with `should`, a SHOULD too). A path is read
 * and judged by that document; what was judged already is taken as it is.
 * Rejects with a CaptureFileError where a file cannot be read; throws a RangeError for no document of VRRP, and for a run
 * of which nothing was observed.
 */
export async function findingsAgainst(
  judged: Judged,
  profile: Profile,
  failOn: 'must' | 'should' = 'must',
): Promise<readonly Finding[]> {
  if (!PROFILES.includes(profile)) throw new RangeError(`'${profile}' is none of ${PROFILES.join(', ')}`);
  const observation =
    typeof judged === 'string' ? (await checkCapture(judged, { profile })).observation : judged.observation;
  if (observation === undefined) throw new RangeError('nothing was observed: the scenario was not played');
  return observation.findings.filter(
    ({ verdict, breaks }) =>
      breaks.includes(profile) && (verdict === 'fail' || (failOn === 'should' && verdict === 'warning')),
  );
}
