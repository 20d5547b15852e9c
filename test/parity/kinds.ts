import { body } from './body.ts'
import { centermask2Eval } from './centermask2-eval.ts'
import { centermask2Train } from './centermask2-train.ts'
import { cocoEval } from './coco-eval.ts'
import { cocoLarge } from './coco-large.ts'
import { cocoMaskApi } from './coco-mask-api.ts'
import type { ParityCheck } from './comparison.ts'
import { detectorParts } from './detector-parts.ts'
import { fcosTargetsCase } from './fcos-targets.ts'
import { maskLosses } from './mask-losses.ts'
import { module } from './module.ts'
import { msrcnnEval } from './msrcnn-eval.ts'
import { msrcnnMaskIouHead } from './msrcnn-maskiou-head.ts'
import { msrcnnTargets } from './msrcnn-targets.ts'
import { nnOps } from './nn-ops.ts'
import { ops } from './ops.ts'
import { pooler } from './pooler.ts'
import { pthReader } from './pth-reader.ts'
import { stateDictNames } from './state-dict-names.ts'
import { torchvisionEval } from './torchvision-eval.ts'
import { torchvisionTrain } from './torchvision-train.ts'
import { transform } from './transform.ts'
import { vovnet } from './vovnet.ts'

/** What can be checked, by the `kind` of `case.json`. */
export const KINDS: Readonly<Record<string, ParityCheck>> = {
  body,
  'centermask2-eval': centermask2Eval,
  'centermask2-train': centermask2Train,
  'coco-eval': cocoEval,
  'coco-eval-large': cocoLarge,
  'coco-mask-api': cocoMaskApi,
  'det-utils': detectorParts,
  'mask-losses': maskLosses,
  module,
  'fcos-targets': fcosTargetsCase,
  'msrcnn-eval': msrcnnEval,
  'msrcnn-maskiou-head': msrcnnMaskIouHead,
  'msrcnn-targets': msrcnnTargets,
  'nn-ops': nnOps,
  ops,
  pooler,
  'pth-reader': pthReader,
  'state-dict-names': stateDictNames,
  'torchvision-eval': torchvisionEval,
  'torchvision-train': torchvisionTrain,
  transform,
  vovnet,
}
