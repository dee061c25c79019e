import { useMemo, useState } from 'preact/hooks';
import type { PageData, PageScenario } from './data.ts';
import { Matrix } from './matrix.tsx';
import { type Place, placeOf } from './place.ts';
import { Scenario } from './scenario.tsx';
import { VERDICTS, type Verdict } from './verdict.ts';
import { verdictWords } from './words.ts';

/** The whole page: verdicts first, then each scenario, then the matrix. */
export function Run({ data }: { readonly data: PageData }) {
  const [only, setOnly] = useState<Verdict>();
  const [text, setText] = useState('');
  // Where the address names nothing, a single scenario is open.
  const [single] = data.scenarios.length === 1 ? data.scenarios : [];
  const place = useMemo(
    (): Place | undefined => placeOf(location.hash) ?? (single && { scenario: single.id }),
    [single],
  );
  const ordered = useMemo(() => data.scenarios.toSorted((one, other) => rank(one) - rank(other)), [data]);
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const shown = ordered.filter(
    (one) => (only === undefined || one.verdict === only) && words.every((word) => searched(one).includes(word)),
  );
  return (
    <>
      <h1>{data.summary}</h1>
      <p class="dim">
        {data.ended.slice(0, 19).replace('T', ' ')} UTC, {(data.wallMs / 1000).toFixed(1)} s, seed {data.seed},
        vrrpbench {data.version}
      </p>
      {data.notBegun.length > 0 && (
        <p class="warning">{data.notBegun.length} were not begun: the run was ended early</p>
      )}
      <div class="row">
        {VERDICTS.map((verdict) => {
          const number = data.scenarios.filter((one) => one.verdict === verdict).length;
          if (number === 0) return null;
          const isOnly = only === verdict;
          return (
            <button
              type="button"
              aria-pressed={isOnly}
              class={verdict}
              onClick={() => setOnly(isOnly ? undefined : verdict)}
            >
              {number} {verdictWords(verdict)}
            </button>
          );
        })}
        <input
          type="search"
          aria-label="scenarios with these words"
          placeholder="power-off ipv6 keepalived"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <ul class="scenarios">
        {shown.map((one) => (
          <Scenario key={one.id} scenario={one} place={place?.scenario === one.id ? place : undefined} />
        ))}
      </ul>
      {shown.length === 0 && <p class="dim">no scenario is so</p>}
      <Matrix matrix={data.matrix} />
    </>
  );
}

/** The worst first; what deviates as is known of its router comes behind the other failures. */
function rank({ verdict, asKnown }: PageScenario): number {
  return VERDICTS.indexOf(verdict) * 2 + (asKnown ? 1 : 0);
}

function searched({ id, title, findings }: PageScenario): string {
  return `${id} ${title} ${findings.map(({ requirement }) => requirement).join(' ')}`.toLowerCase();
}
