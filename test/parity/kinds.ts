import type { ParityCheck } from './comparison.ts'
import { torchvisionEval } from './torchvision-eval.ts'

/** What can be checked, by the `kind` of `case.json`. */
export const KINDS: Readonly<Record<string, ParityCheck>> = {
  'torchvision-eval': torchvisionEval,
}
