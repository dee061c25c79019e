import type { Cause, ConfigurationDeviation, Finding, Observation } from '../conformance/result.ts';
import {
  agreementInWords,
  byImportance,
  cite,
  clock,
  count,
  framesInWords,
  LABELS,
  more,
  ruleInWords,
  subjectAndMessage,
  virtualRouterName,
} from './check-words.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

const FINDINGS_TOLD = 100;
const CAUSES_TOLD = 12;
const DEVIATIONS_TOLD = 40;

/** What was broken, worst first: each with its rule, its frames and advice. Information is told by `informationLines`. */
export function findingLines(observation: Observation, style: Style): string[] {
  const { findings, judged, virtualRouters } = observation;
  if (virtualRouters.length === 0) return ['', style.verdict('inconclusive', 'no VRRP here: nothing was judged')];
  if (findings.every(({ verdict }) => verdict === 'pass')) {
    return ['', style.verdict('pass', `no rule was broken (${count(judged.length, 'requirement')} judged)`)];
  }
  return list(observation, style, ({ verdict }) => verdict !== 'pass');
}

/** What is in order and worth knowing. */
export function informationLines(observation: Observation, style: Style): string[] {
  return list(observation, style, ({ verdict }) => verdict === 'pass');
}

function list(observation: Observation, style: Style, chosen: (finding: Finding) => boolean): string[] {
  const told = byImportance(observation.findings).filter(chosen);
  if (told.length === 0) return [];
  const said = new Set<string>();
  return [
    '',
    ...told.slice(0, FINDINGS_TOLD).flatMap((finding) => oneFinding(finding, observation, style, said)),
    ...more(told.length - FINDINGS_TOLD, 'finding'),
  ];
}

/** The rule and the advice are said once for each requirement. */
function oneFinding(finding: Finding, { origin, interfaces }: Observation, style: Style, said: Set<string>): string[] {
  const { verdict, requirement, count: times, first, last, frames, advice } = finding;
  const span = last > first ? `${clock(first, origin)} to ${clock(last, origin)}` : clock(first, origin);
  const place = framesInWords(frames, interfaces, times);
  const once = (text: string) => {
    const isNew = !said.has(`${requirement} ${text}`);
    said.add(`${requirement} ${text}`);
    return isNew;
  };
  const rule = ruleInWords(finding);
  const often = times === 1 ? 'once' : `${times} times`;
  return [
    `${style.verdict(verdict, LABELS[verdict])} ${style.bold(requirement)}  ${printable(subjectAndMessage(finding))}`,
    ...(verdict !== 'pass' && once(rule) ? [style.dim(`     ${printable(rule)}`)] : []),
    style.dim(`     ${cite(finding)}; ${often}, ${span}${place === '' ? '' : `, ${place}`}`),
    ...(advice === undefined || !once(advice) ? [] : [`     → ${printable(advice)}`]),
  ];
}

const CERTAINTIES: Readonly<Record<Cause['certainty'], string>> = {
  shown: 'cause   ',
  likely: 'likely  ',
  possible: 'possible',
};

/** What the frames show or suggest as the cause, surest first. */
export function causeLines({ causes, interfaces }: Observation, style: Style): string[] {
  if (causes.length === 0) return [];
  return [
    '',
    ...causes.slice(0, CAUSES_TOLD).flatMap(({ id, certainty, virtualRouter, text, settle, frames }) => {
      const whose = virtualRouter === undefined ? '' : `${virtualRouterName(virtualRouter)}: `;
      const place = framesInWords(frames, interfaces);
      return [
        `${style.verdict(certainty === 'possible' ? 'inconclusive' : 'warning', CERTAINTIES[certainty])} ${style.bold(id)}  ${printable(`${whose}${text}`)}${place === '' ? '' : ` (${place})`}`,
        `     what settles it: ${printable(settle)}`,
      ];
    }),
    ...more(causes.length - CAUSES_TOLD, 'cause'),
  ];
}

/** Where the wire differs from the configuration, and where it is as configured. */
export function configurationLines({ deviations, agreements }: Observation, style: Style): string[] {
  if (deviations.length + agreements.length === 0) return [];
  return [
    '',
    ...deviations.slice(0, DEVIATIONS_TOLD).map((one) => oneDeviation(one, style)),
    ...more(deviations.length - DEVIATIONS_TOLD, 'deviation'),
    ...agreements
      .slice(0, DEVIATIONS_TOLD)
      .map((one) => `${style.verdict('pass', 'config')} ${printable(agreementInWords(one, deviations))}`),
    ...more(agreements.length - DEVIATIONS_TOLD, 'configuration'),
  ];
}

function oneDeviation(
  { virtualRouter, router, configuration, setting, configured, seen }: ConfigurationDeviation,
  style: Style,
): string {
  const who = [configuration, router].filter((name) => name !== undefined).join(' = ');
  return `${style.verdict('warning', 'config')} ${style.bold(setting)}  ${printable(`${virtualRouterName(virtualRouter)} ${who}: configured ${configured}; on the wire ${seen}`)}`;
}
