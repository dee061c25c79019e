import type { CheckedCapture } from '../conformance/check-capture.ts';
import { type CheckReport, checkReport, reportFinding, reportVirtualRouter } from './check-json.ts';

/** So many characters are handed on at once. */
const PIECE_LENGTH = 65_536;
const STEP = '  ';

/**
 * The report as JSON, in pieces: a flood of senders makes thousands of routers and findings, and one string of all of them,
 * beside the report itself, would be the largest thing in memory. `margin` stands before every line but the first.
 */
export function* checkReportPieces(checked: CheckedCapture, margin = ''): Generator<string, undefined> {
  const { observation } = checked;
  const rest = checkReport({ ...checked, observation: { ...observation, virtualRouters: [], findings: [] } });
  const inner = `${margin}${STEP}`;
  let piece = '{';
  for (const [index, key] of (Object.keys(rest) as (keyof CheckReport)[]).entries()) {
    piece += `${index === 0 ? '' : ','}\n${inner}${JSON.stringify(key)}: `;
    for (const text of valuePieces(key)) {
      piece += text;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = '';
    }
  }
  yield `${piece}\n${margin}}`;

  function valuePieces(key: keyof CheckReport): Iterable<string> {
    if (key === 'virtualRouters') {
      return listPieces(observation.virtualRouters, (one) => reportVirtualRouter(one, observation), inner);
    }
    if (key === 'findings') return listPieces(observation.findings, (one) => reportFinding(one, observation), inner);
    return [indented(rest[key], inner)];
  }
}

/** A list, each of its entries made when it is due. */
function* listPieces<T>(
  entries: readonly T[],
  report: (entry: T) => object,
  margin: string,
): Generator<string, undefined> {
  if (entries.length === 0) {
    yield '[]';
    return;
  }
  const inner = `${margin}${STEP}`;
  for (const [index, entry] of entries.entries()) {
    yield `${index === 0 ? '[' : ','}\n${inner}${indented(report(entry), inner)}`;
  }
  yield `\n${margin}]`;
}

function indented(value: unknown, margin: string): string {
  return JSON.stringify(value, null, STEP).replaceAll('\n', `\n${margin}`);
}
