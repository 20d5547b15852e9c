import type { ParityCheck } from './comparison.ts'
import { detUtils } from './det-utils.ts'
import { nnOps } from './nn-ops.ts'
import { ops } from './ops.ts'
import { torchvisionEval } from './torchvision-eval.ts'
import { transform } from './transform.ts'

/** What can be checked, by the `kind` of `case.json`. */
export const KINDS: Readonly<Record<string, ParityCheck>> = {
  'det-utils': detUtils,
  'nn-ops': nnOps,
  ops,
  'torchvision-eval': torchvisionEval,
  transform,
}
