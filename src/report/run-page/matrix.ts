import { citation } from '../../conformance/ledger/ledger.ts';
import { PROFILES } from '../../conformance/result.ts';
import type { PageMatrix, PageMatrixCell } from '../../page/data.ts';
import { createMatrix, type MatrixCell } from '../matrix.ts';
import { isShown } from '../matrix-text.ts';
import type { RunReport } from '../run-schema.ts';

/** Requirement by router and variant, as the page of a run shows it; rows that nothing provoked are left out. */
export function pageMatrix(report: RunReport): PageMatrix {
  const { columns, rows } = createMatrix([{ file: 'this run', report }]);
  return {
    columns,
    rows: rows.filter(isShown).map(({ requirement, cells }) => ({
      requirement: requirement.id,
      statement: requirement.statement,
      section: PROFILES.flatMap((profile) => citation(requirement, profile) ?? []).join(', '),
      cells: cells.map(cellOf),
    })),
  };
}

function cellOf({ state, reason, scenarios, known = [], unknown = [] }: MatrixCell): PageMatrixCell {
  const findings = [...new Set(known.map(({ finding }) => `known: ${finding}`))];
  const news = unknown.length === 0 ? [] : [`new: ${unknown.join(', ')}`];
  const text = [...(reason === undefined ? [] : [reason]), ...findings, ...news].join('; ');
  return { state, text, scenarios };
}
