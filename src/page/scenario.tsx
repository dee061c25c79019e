import { useState } from 'preact/hooks';
import type { PageExpectation, PageFinding, PageScenario } from './data.ts';
import { hashOf, type Place } from './place.ts';
import { Story } from './story.tsx';
import { formatMs } from './words.ts';

interface ScenarioProperties {
  readonly scenario: PageScenario;
  /** The place in it that is asked for. */
  readonly place: Place | undefined;
}

/** One scenario: a line with its verdict; folded open, what was done, what came of it, and the timeline. */
export function Scenario({ scenario, place }: ScenarioProperties) {
  // What is inside is made when it is looked at: a run has hundreds of scenarios.
  const [wasOpened, setOpened] = useState(place !== undefined);
  const { id, verdict, asKnown, playedMs, attempts } = scenario;
  return (
    <li>
      <details open={place !== undefined} onToggle={() => setOpened(true)}>
        <summary>
          <span class={`chip ${verdict}`}>{asKnown ? `${verdict}, as known` : verdict}</span> {id}{' '}
          <span class="dim">
            {playedMs > 0 && formatMs(playedMs, playedMs)}
            {attempts > 1 && `, attempt ${attempts}`}
          </span>
        </summary>
        {wasOpened && <Inside scenario={scenario} place={place} />}
      </details>
    </li>
  );
}

function Inside({ scenario, place }: ScenarioProperties) {
  const [chosen, setChosen] = useState(place?.frame);
  const choose = (frame: number | undefined) => {
    setChosen(frame);
    // So the address can be handed to somebody else.
    history.replaceState(null, '', hashOf({ scenario: scenario.id, ...(frame === undefined ? {} : { frame }) }));
  };
  const { title, reason, story, steps, expectations, findings, known, rerun, folder } = scenario;
  return (
    <div class="inside">
      <strong>{title}</strong>
      {reason !== undefined && <p>{reason}</p>}
      <Expectations expectations={expectations} choose={choose} />
      {story !== undefined && <Story story={story} findings={findings} steps={steps} chosen={chosen} choose={choose} />}
      <Findings findings={findings} choose={choose} />
      {known.map((line) => (
        <p key={line} class="dim">
          {line}
        </p>
      ))}
      <details>
        <summary>{steps.length} steps</summary>
        <div class="scroll">
          <table>
            <tbody>
              {steps.map(({ text, verdict, beganMs, endedMs, reason: why }, index) => (
                <tr key={index}>
                  <td>{beganMs === undefined ? '-' : formatMs(beganMs, 2000)}</td>
                  <td>{beganMs === undefined || endedMs === undefined ? '' : formatMs(endedMs - beganMs, 200)}</td>
                  <td class={verdict}>{verdict}</td>
                  <td>{why === undefined ? text : `${text}: ${why}`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
      <p class="dim">
        again <code>{rerun}</code>
      </p>
      {folder !== undefined && (
        <p class="dim">
          files <code>{folder}</code> (capture.pcapng, timeline.txt, logs, configurations)
        </p>
      )}
    </div>
  );
}

type Choose = (frame: number) => void;

function Expectations({
  expectations,
  choose,
}: {
  readonly expectations: readonly PageExpectation[];
  readonly choose: Choose;
}) {
  if (expectations.length === 0) return null;
  return (
    <ul>
      {expectations.map(({ text, verdict, expected, seen, reason, frames }, index) => (
        <li key={index}>
          <span class={`chip ${verdict}`}>{verdict}</span> {text}
          {verdict === 'pass' ? (
            <span class="dim">: {seen}</span>
          ) : (
            <>
              <p>
                expected {expected}; seen {seen}
                {reason !== undefined && `; because ${reason}`}
              </p>
              <Frames frames={frames} choose={choose} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Findings({ findings, choose }: { readonly findings: readonly PageFinding[]; readonly choose: Choose }) {
  if (findings.length === 0) return null;
  return (
    <details open={findings.some(({ verdict }) => verdict === 'fail')}>
      <summary>{findings.length === 1 ? '1 finding' : `${findings.length} findings`}</summary>
      <ul>
        {findings.map(({ requirement, verdict, message, subject, count, frames, rule, section, advice }, index) => (
          <li key={index}>
            <span class={`chip ${verdict}`}>{verdict === 'pass' ? 'info' : verdict}</span>{' '}
            <strong>{requirement}</strong> {subject}: {message}{' '}
            <span class="dim">{count === 1 ? 'once' : `${count} times`}</span>
            <details>
              <summary>{section}</summary>
              <p>{rule}</p>
            </details>
            {advice !== undefined && <p>→ {advice}</p>}
            <Frames frames={frames} choose={choose} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Frames({ frames, choose }: { readonly frames: readonly number[]; readonly choose: Choose }) {
  if (frames.length === 0) return null;
  return (
    <p>
      <span class="dim">frames </span>
      {frames.map((number) => (
        <button key={number} type="button" class="frame" onClick={() => choose(number)}>
          {number}
        </button>
      ))}
    </p>
  );
}
