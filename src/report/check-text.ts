import { formatDuration, formatTime } from '../capture/time.ts';
import type { CheckedCapture } from '../conformance/check-capture.ts';
import type { CheckedFile } from '../conformance/check-captures.ts';
import type { Observation, Verdict } from '../conformance/result.ts';
import { causeLines, configurationLines, findingLines, informationLines } from './check-findings-text.ts';
import { historyLines } from './check-history-text.ts';
import { count, more } from './check-words.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

/** Virtual routers that are printed; JSON has them all. */
const VIRTUAL_ROUTERS_TOLD = 50;

/**
 * What `vrrpbench check` prints about one capture, the most important first: what was broken, the likely causes, the history
 * of every virtual router, what else is worth knowing. Lines are folded to `width` columns where that is known.
 */
export function checkText(checked: CheckedCapture, style: Style, width?: number): string {
  const { observation } = checked;
  const lines = [
    ...headLines(checked, style),
    ...findingLines(observation, style),
    ...causeLines(observation, style),
    ...configurationLines(observation, style),
    ...observation.virtualRouters
      .slice(0, VIRTUAL_ROUTERS_TOLD)
      .flatMap((one) => historyLines(one, observation, style)),
    ...more(observation.virtualRouters.length - VIRTUAL_ROUTERS_TOLD, 'virtual router'),
    ...informationLines(observation, style),
    ...noteLines(checked, style),
  ];
  return `${lines.flatMap((line) => wrap(line, width)).join('\n')}\n`;
}

function noteLines({ observation, problem }: CheckedCapture, style: Style): string[] {
  const notes = [
    ...observation.notes.map((note) => printable(`note: ${note}`)),
    ...observation.limits.map((limit) => style.verdict('warning', `limit: ${printable(limit)}`)),
    ...(problem === undefined ? [] : [style.verdict('warning', `the capture broke: ${printable(problem)}`)]),
  ];
  return notes.length === 0 ? [] : ['', ...notes];
}

function headLines({ file, files, observation }: CheckedCapture, style: Style): string[] {
  const { frames, advertisements, firstNs, lastNs, origin } = observation;
  const span =
    firstNs === undefined || lastNs === undefined
      ? ''
      : `, from ${formatTime(firstNs, origin)} for ${formatDuration(lastNs - firstNs)}`;
  const counts = `${count(frames, 'frame')}, ${count(advertisements, 'advertisement')}${span}`;
  return [
    `${style.bold(printable(file))}  ${counts}`,
    ...(files ?? []).map((one) => printable(fileLine(one))),
    ...summaryLine(observation, style),
  ];
}

/** `2 requirements broken, 1 requirement with warnings, two Active routers for 33 s`: the answer before the reasons. */
function summaryLine({ findings, virtualRouters }: Observation, style: Style): string[] {
  if (virtualRouters.length === 0) return [];
  const withVerdict = (verdict: Verdict) =>
    new Set(findings.filter((finding) => finding.verdict === verdict).map(({ requirement }) => requirement)).size;
  const [failed, warned, open] = [withVerdict('fail'), withVerdict('warning'), withVerdict('inconclusive')];
  const doubledNs = virtualRouters
    .flatMap(({ overlaps }) => overlaps)
    .reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
  const parts = [
    ...(failed === 0 ? [] : [`${count(failed, 'requirement')} broken`]),
    ...(open === 0 ? [] : [`${open} open`]),
    ...(warned === 0 ? [] : [`${count(warned, 'requirement')} with warnings`]),
    ...(doubledNs === 0 ? [] : [`two Active routers for ${formatDuration(doubledNs)}`]),
  ];
  const verdict = failed > 0 ? 'fail' : warned + open > 0 ? 'warning' : 'pass';
  return [style.verdict(verdict, parts.length === 0 ? 'nothing was broken' : parts.join(', '))];
}

/** One of several files, and how its clock was brought to that of the others. */
function fileLine({ file, frames, clock }: CheckedFile): string {
  return `  ${file}: ${count(frames, 'frame')}, ${clockInWords(clock)}`;
}

function clockInWords(clock: CheckedFile['clock']): string {
  switch (clock.kind) {
    case 'reference':
      return 'by whose clock the times are';
    case 'given':
      return `its clock moved by ${signed(clock.offsetNs)} as --offset says`;
    case 'unknown':
      return 'its clock taken as it is: too few frames in common with the others (--offset moves it)';
    case 'measured': {
      const { offsetNs, driftPpb, frames, residualNs, ambiguous } = clock.offset;
      const drift = driftPpb === 0 ? '' : ` and ${(driftPpb / 1000).toFixed(2)} ppm`;
      const doubt = ambiguous ? '; repeated frames alone tell it, another offset fits nearly as well' : '';
      return `its clock moved by ${signed(offsetNs)}${drift} (${count(frames, 'sighting')} in common, residual ${formatDuration(residualNs)}${doubt})`;
    }
  }
}

function signed(durationNs: number): string {
  return `${durationNs < 0 ? '' : '+'}${formatDuration(durationNs)}`;
}
