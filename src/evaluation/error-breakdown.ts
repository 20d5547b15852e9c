export const ERROR_KINDS = [
  'classification',
  'localisation',
  'both',
  'duplicate',
  'background',
  'missed',
] as const
export type ErrorKind = (typeof ERROR_KINDS)[number]

/** What keeps AP from being better, after TIDE (Bolya et al. 2020). Fractions, not points. */
export interface ErrorBreakdown {
  readonly iouThreshold: number
  readonly backgroundThreshold: number
  /** AP at `iouThreshold` as it is; -1 where there is nothing to find, and then every delta is -1 too. */
  readonly AP: number
  /** How often each happens, and how much AP would rise if it were put right alone. */
  readonly kinds: Readonly<Record<ErrorKind, { readonly count: number; readonly deltaAP: number }>>
  /** Everything wrong ranked below everything right. */
  readonly falsePositives: { readonly count: number; readonly deltaAP: number }
  /** Nothing missed. */
  readonly falseNegatives: { readonly count: number; readonly deltaAP: number }
}
