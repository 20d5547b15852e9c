import { type ParityCheck, UnsupportedCase } from './comparison.ts'
import { detectorParts } from './detector-parts.ts'
import { nnOps } from './nn-ops.ts'
import { ops } from './ops.ts'
import { torchvisionEval } from './torchvision-eval.ts'
import { isTwoStageTraining, runTorchvisionTrain } from './torchvision-train.ts'
import { transform } from './transform.ts'

const torchvisionTrain: ParityCheck = async (golden) => {
  if (!isTwoStageTraining(golden)) throw new UnsupportedCase(`training of ${golden.case.model}`)
  const compared = await runTorchvisionTrain(golden)
  return { comparisons: compared.map(({ output, ...rest }) => ({ name: output, ...rest })) }
}

/** What can be checked, by the `kind` of `case.json`. */
export const KINDS: Readonly<Record<string, ParityCheck>> = {
  'det-utils': detectorParts,
  'nn-ops': nnOps,
  ops,
  'torchvision-eval': torchvisionEval,
  'torchvision-train': torchvisionTrain,
  transform,
}
