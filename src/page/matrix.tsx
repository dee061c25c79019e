import { useState } from 'preact/hooks';
import type { PageMatrix, PageMatrixCell } from './data.ts';

const WORDS: Readonly<Record<PageMatrixCell['state'], readonly [word: string, colour: string]>> = {
  holds: ['holds', 'pass'],
  deviates: ['deviates', 'fail'],
  inconclusive: ['open', 'inconclusive'],
  'not-provoked': ['-', 'dim'],
  'not-applicable': ['n/a', 'dim'],
};

/** Requirement by router and variant; a cell tells why when it is asked. */
export function Matrix({ matrix }: { readonly matrix: PageMatrix }) {
  const [asked, ask] = useState<readonly [row: number, column: number]>();
  if (matrix.rows.length === 0) return null;
  return (
    <>
      <h2>Requirements</h2>
      <div class="scroll matrix">
        <table>
          <thead>
            <tr>
              <th>requirement</th>
              {matrix.columns.map(({ router, variant, profile }) => (
                <th key={`${router} ${variant} ${profile}`}>
                  {router}
                  <br />
                  {variant}
                  <br />
                  RFC {profile.slice('rfc'.length)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.rows.map(({ requirement, statement, section, cells }, row) => (
              <>
                <tr key={requirement}>
                  <td title={`${statement} (${section})`}>{requirement}</td>
                  {cells.map(({ state }, column) => (
                    <td key={column} class="cell">
                      <button
                        type="button"
                        class={WORDS[state][1]}
                        onClick={() => ask(isAsked(asked, row, column) ? undefined : [row, column])}
                      >
                        {WORDS[state][0]}
                      </button>
                    </td>
                  ))}
                </tr>
                {asked !== undefined && asked[0] === row && (
                  <tr>
                    <td colSpan={cells.length + 1} class="told">
                      <Cell statement={statement} section={section} cell={cells[asked[1]]} />
                    </td>
                  </tr>
                )}
              </>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function isAsked(asked: readonly [number, number] | undefined, row: number, column: number): boolean {
  return asked !== undefined && asked[0] === row && asked[1] === column;
}

function Cell({
  statement,
  section,
  cell,
}: {
  readonly statement: string;
  readonly section: string;
  readonly cell: PageMatrixCell | undefined;
}) {
  return (
    <>
      <p>
        {statement} <span class="dim">({section})</span>
      </p>
      {cell !== undefined && cell.text !== '' && <p>{cell.text}</p>}
      {cell !== undefined && cell.scenarios.length > 0 && <p class="dim">{cell.scenarios.join(', ')}</p>}
    </>
  );
}
