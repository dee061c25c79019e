import type { Profile } from '../conformance/result.ts';
import { disturbs, type Probe } from '../stage/action.ts';
import { choiceText, compileChoice, compileCondition, describeCondition } from './compile-condition.ts';
import type { Scene } from './compile-topology.ts';
import { requireName, termValue } from './compile-values.ts';
import type { PlanExpectation, PlanStep } from './plan.ts';
import { DocumentError, type DocumentPath, suggestion } from './problem.ts';
import type { ExpectationDocument } from './schema.ts';
import { slowestTimers } from './timers.ts';
import { forVariant } from './variant.ts';

/** What expectations refer to. */
interface Played {
  readonly scene: Scene;
  readonly steps: readonly PlanStep[];
  readonly probes: ReadonlyMap<string, Probe>;
  readonly profile: Profile;
}

type ExpectationBody = PlanExpectation extends infer E ? (E extends PlanExpectation ? Omit<E, 'line'> : never) : never;

/** Every expectation of a document; that no rule is broken is added where it is not said. */
export function compileExpectations(
  scene: Scene,
  steps: readonly PlanStep[],
  probes: ReadonlyMap<string, Probe>,
): readonly PlanExpectation[] {
  const played: Played = { scene, steps, probes, profile: scene.profile };
  const said = scene.document.expect.map((entry, index): PlanExpectation => {
    const body = compileWithLevel(played, entry, ['expect', index]);
    return { ...body, text: `${body.text}${choiceText(body)}` };
  });
  return said.some(({ kind }) => kind === 'rules') ? said : [...said, rules(played, {})];
}

function compileWithLevel(played: Played, said: ExpectationDocument, path: DocumentPath): ExpectationBody {
  const body = compileExpectation(played, said, path);
  const level = typeof said === 'string' ? undefined : said.level;
  return level === undefined ? body : { ...body, level };
}

function compileExpectation(played: Played, said: ExpectationDocument, path: DocumentPath): ExpectationBody {
  const { scene } = played;
  if (said === 'one-active') return { kind: 'one-active', text: 'one Active router at a time', when: 'throughout' };
  if (said === 'rules') return rules(played, {});
  const choice = compileChoice(scene, said, path);
  if (said.takeover !== undefined) {
    const router = requireName(said.takeover.of, scene.routers, 'router', [...path, 'takeover', 'of']);
    const afterStep = stepBefore(played, said.takeover.after, [...path, 'takeover', 'after']);
    return {
      ...choice,
      kind: 'takeover',
      text: `takeover of ${router} after ${textOf(played, afterStep)}`,
      router,
      afterStep,
    };
  }
  if (said.outage !== undefined) return { ...choice, ...outage(played, said.outage, [...path, 'outage']) };
  if (said['one-active'] !== undefined) {
    const when = said['one-active'];
    const text = when === 'at-end' ? 'one Active router at the end' : 'one Active router at a time';
    return { ...choice, kind: 'one-active', text, when };
  }
  if (said.active !== undefined) {
    const router = requireName(said.active, scene.routers, 'router', [...path, 'active']);
    const timers = slowestTimers(scene.intents, router);
    return { ...choice, kind: 'active', text: `${router} alone is Active at the end`, router, timers };
  }
  if (said.silent !== undefined) {
    const router = requireName(said.silent.router, scene.routers, 'router', [...path, 'silent', 'router']);
    return { ...choice, ...silent(played, said.silent, router, [...path, 'silent']) };
  }
  if (said.steady !== undefined) {
    const router = requireName(said.steady.router, scene.routers, 'router', [...path, 'steady', 'router']);
    const step = stepBefore(played, said.steady.during, [...path, 'steady', 'during']);
    const text = `${router} advertises each interval during ${textOf(played, step)}`;
    return {
      ...choice,
      kind: 'steady',
      text,
      router,
      step,
      intervalNs: intervalOf(scene, router),
      extraAllowed: said.steady.extra !== undefined,
    };
  }
  if (said.yield !== undefined) {
    const router = requireName(said.yield.of, scene.routers, 'router', [...path, 'yield', 'of']);
    const step = stepBefore(played, said.yield.at, [...path, 'yield', 'at']);
    return { ...choice, kind: 'yield', text: `${router} yields at ${textOf(played, step)}`, router, step };
  }
  if (said.response !== undefined) {
    return { ...choice, ...response(played, said.response, true, [...path, 'response']) };
  }
  if (said['no-response'] !== undefined) {
    return { ...choice, ...response(played, said['no-response'], false, [...path, 'no-response']) };
  }
  if (said.announced !== undefined) {
    const router = requireName(said.announced.by, scene.routers, 'router', [...path, 'announced', 'by']);
    const address = forVariant<string>(said.announced.address, scene.variant);
    if (address === undefined) throw new DocumentError([...path, 'announced', 'address'], 'expected an address');
    const afterStep = stepBefore(played, said.announced.after, [...path, 'announced', 'after']);
    const text = `${router} announces ${address} after ${textOf(played, afterStep)}`;
    return { ...choice, kind: 'announced', text, router, address, afterStep };
  }
  const cause = said.cause ?? said['no-cause'];
  if (cause !== undefined) {
    const wanted = said.cause !== undefined;
    const [name, at] = typeof cause === 'string' ? [cause] : [cause.named, cause['seen-at']];
    const where = at === undefined ? '' : ` from what ${at} sees`;
    const text = wanted ? `the cause is named${where}: ${name}` : `no cause is named ${name}${where}`;
    const seenAt = at === undefined ? {} : { seenAt: requireName(at, scene.nodes, 'node', path) };
    return { ...choice, kind: 'cause', text, cause: name, wanted, ...seenAt };
  }
  if (said.never !== undefined) return never(played, said.never, [...path, 'never']);
  return { ...choice, ...rules(played, said.rules ?? {}) };
}

function silent(played: Played, said: Said<'silent'>, router: string, path: DocumentPath): ExpectationBody {
  if (said.during !== undefined) {
    if (said.after !== undefined || said.until !== undefined) {
      throw new DocumentError([...path, 'during'], 'expected either during, or after and until');
    }
    const step = stepBefore(played, said.during, [...path, 'during']);
    const text = `${router} is silent during ${textOf(played, step)}`;
    return { kind: 'silent', text, router, afterStep: step, during: true };
  }
  const afterStep = stepBefore(played, said.after, [...path, 'after']);
  const until = said.until === undefined ? {} : { untilStep: stepBefore(played, said.until, [...path, 'until']) };
  return {
    kind: 'silent',
    text: `${router} is silent after ${textOf(played, afterStep)}`,
    router,
    afterStep,
    ...until,
  };
}

function response(
  played: Played,
  said: Said<'response'>,
  wanted: boolean,
  path: DocumentPath,
): ExpectationBody & { readonly kind: 'response' } {
  const { scene, steps } = played;
  const router = requireName(said.from, scene.routers, 'router', [...path, 'from']);
  const index = stepBefore(played, said.to, [...path, 'to']);
  const step = steps[index]!;
  if (step.kind !== 'send' && step.kind !== 'keep-sending') {
    throw new DocumentError([...path, 'to'], `'${step.text}' sends nothing to respond to; expected a send step`);
  }
  const text = `${router} ${wanted ? 'responds' : 'does not respond'} to ${textOf(played, index)}`;
  const intervalNs = intervalOf(scene, router);
  const timer = said.timer === undefined ? {} : { timer: { becomes: said.timer, intervalNs } };
  return { kind: 'response', text, router, step: index, wanted, ...timer };
}

function intervalOf(scene: Scene, router: string): number {
  return slowestTimers(scene.intents, router)['advertisement-interval'];
}

function textOf(played: Played, step: number): string {
  const { label, text } = played.steps[step]!;
  return label ?? text;
}

type Said<K extends keyof Exclude<ExpectationDocument, string>> = NonNullable<Exclude<ExpectationDocument, string>[K]>;

function outage(played: Played, said: Said<'outage'>, path: DocumentPath): ExpectationBody {
  const { scene, probes } = played;
  const name = said.probe ?? [...probes.keys()][0];
  if (name === undefined) throw new DocumentError(path, 'an outage is measured by a probe; expected a probe step');
  requireName(name, [...probes.keys()], 'probe', [...path, 'probe']);
  if (said.below === undefined && said.above === undefined) {
    throw new DocumentError(path, 'expected below, above or both');
  }
  if (said.of !== undefined) requireName(said.of, scene.routers, 'router', [...path, 'of']);
  const bound = (key: 'below' | 'above') => {
    const text = said[key];
    return text === undefined ? undefined : termValue(scene, text, [...path, key], said.of);
  };
  const belowNs = bound('below');
  const aboveNs = bound('above');
  const words = [said.below && `below ${said.below}`, said.above && `above ${said.above}`].filter(Boolean).join(', ');
  return {
    kind: 'outage',
    text: `outage ${words}`,
    probe: probes.get(name)!,
    ...(belowNs === undefined ? {} : { belowNs }),
    ...(aboveNs === undefined ? {} : { aboveNs }),
  };
}

function never(played: Played, said: Said<'never'>, path: DocumentPath): ExpectationBody {
  const condition = compileCondition(played.scene, said, path);
  const afterStep = stepBefore(played, said.after, [...path, 'after']);
  const until = said.until === undefined ? {} : { untilStep: stepBefore(played, said.until, [...path, 'until']) };
  const text = `never ${describeCondition(condition)} after ${textOf(played, afterStep)}`;
  return { kind: 'never', text, condition, afterStep, ...until };
}

function rules(played: Played, said: Said<'rules'>): ExpectationBody & { readonly kind: 'rules' } {
  const profile = (said.profile as Profile | undefined) ?? played.profile;
  return {
    kind: 'rules',
    text: `the rules of ${profile.replace('rfc', 'RFC ')}`,
    profile,
    ...(said.only === undefined ? {} : { only: said.only }),
    except: said.except ?? [],
  };
}

/** The index of the step that `after` means: its name, its action, or its words; the last that disturbed where it says nothing. */
function stepBefore(played: Played, after: string | undefined, path: DocumentPath): number {
  const { steps } = played;
  if (after === undefined) {
    const last = steps.findLastIndex(
      (step) =>
        step.kind === 'run-commands' || (step.kind === 'perform' && step.actions.some(({ kind }) => disturbs(kind))),
    );
    return Math.max(last, 0);
  }
  const wanted = after.trim().replaceAll(/\s+/g, ' ');
  const matching = steps.flatMap((step, index) => {
    const named = step.label === wanted || step.text === wanted || step.text.split(' ')[0] === wanted;
    return named ? [index] : [];
  });
  if (matching.length === 1) return matching[0]!;
  const words = steps.map(({ label, text }) => label ?? text);
  if (matching.length === 0) throw new DocumentError(path, `no step is '${after}'${suggestion(wanted, words)}`);
  const several = matching.map((index) => `'${steps[index]!.text}' (step ${index + 1})`).join(' and ');
  throw new DocumentError(path, `'${after}' may mean ${several}; give the step a name with 'as' and say that`);
}
