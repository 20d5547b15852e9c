import type { ParityCheck } from './comparison.ts'
import { nnOps } from './nn-ops.ts'
import { torchvisionEval } from './torchvision-eval.ts'
import { transform } from './transform.ts'

/** What can be checked, by the `kind` of `case.json`. */
export const KINDS: Readonly<Record<string, ParityCheck>> = {
  'nn-ops': nnOps,
  'torchvision-eval': torchvisionEval,
  transform,
}
