/**
 * Errata of RFC 9568 that change how a router is judged, each a switch of its own: 8298, two address owners settle it by the
 * tie-break instead of discarding each other; 8299, an address count of 0 is discarded; 8300, the link-local address comes
 * first; 8301, an interval of 0 is discarded.
 */
export const ERRATA = [8298, 8299, 8300, 8301] as const;
export type ErratumSwitch = (typeof ERRATA)[number];

/** Whether an erratum is taken as part of RFC 9568; all are, unless the options say which. */
export function isErratumOn(chosen: ReadonlySet<ErratumSwitch> | undefined, erratum: ErratumSwitch): boolean {
  return chosen === undefined || chosen.has(erratum);
}
