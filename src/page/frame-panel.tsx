import { octetsOf } from './octets.ts';
import type { TellingFrame } from './story.tsx';

const OCTETS_A_LINE = 16;

interface PanelProperties {
  readonly told: TellingFrame | undefined;
  readonly number: number;
  /** The machine in whose lane the frame is. */
  readonly lane: string | undefined;
  readonly before: (() => void) | undefined;
  readonly after: (() => void) | undefined;
  readonly close: () => void;
}

/** One frame, decoded, with the rules that it broke. */
export function FramePanel({ told, number, lane, before, after, close }: PanelProperties) {
  return (
    <div class="panel" data-frame={number}>
      <div class="row">
        <strong>
          frame {number}
          {told !== undefined && ` at ${told.frame.atMs.toFixed(3)} ms`}
        </strong>
        <button type="button" onClick={before} disabled={before === undefined}>
          ← before
        </button>
        <button type="button" onClick={after} disabled={after === undefined}>
          after →
        </button>
        <button type="button" onClick={close}>
          close
        </button>
      </div>
      {told === undefined ? (
        <p class="dim">The page does not carry this frame; it has this number in capture.pcapng.</p>
      ) : (
        <Told told={told} lane={lane} />
      )}
    </div>
  );
}

function Told({ told, lane }: { readonly told: TellingFrame; readonly lane: string | undefined }) {
  const { frame, description, broken } = told;
  return (
    <>
      <p>
        {description.summary}; {frame.way === 'out' ? 'sent by' : 'received by'} {lane} on {frame.lan}, {frame.length}{' '}
        octets
      </p>
      {broken.map(({ requirement, message, rule, section, verdict }, index) => (
        <p key={index} class={verdict}>
          <strong>{requirement}</strong>: {message} — {rule} ({section})
        </p>
      ))}
      <div class="layers">
        {description.layers.map(({ name, fields }) => (
          <div key={name}>
            <h4>{name}</h4>
            <table>
              <tbody>
                {fields.map(([field, value], index) => (
                  <tr key={index}>
                    <td>{field}</td>
                    <td>{value}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ))}
      </div>
      <pre>{hexDump(octetsOf(frame))}</pre>
    </>
  );
}

/** `0010  45 c0 00 28 …`, sixteen octets a line. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += OCTETS_A_LINE) {
    const octets = [...bytes.subarray(offset, offset + OCTETS_A_LINE)].map((octet) =>
      octet.toString(16).padStart(2, '0'),
    );
    lines.push(`${offset.toString(16).padStart(4, '0')}  ${octets.join(' ')}`);
  }
  return lines.join('\n');
}
