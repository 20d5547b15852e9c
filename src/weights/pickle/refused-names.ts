import type { WeightError } from '../../errors.ts'
import type { PickleContext } from './values.ts'

/** What is said of names that real files have and that are not read, by their beginnings. */
const REASONS: readonly (readonly [names: RegExp, what: string, hint: string])[] = [
  [
    /^torch\.(_utils\._rebuild_qtensor|Q\w+Storage|q(u?int\d+|uint\w+)$)/,
    'quantised tensors are not read',
    'Save the weights as floats',
  ],
  [
    /^torch\.(Complex\w+Storage|complex\d+$)/,
    'complex tensors are not read',
    'Save real and imaginary parts',
  ],
  [
    /^torch\._utils\._rebuild_(sparse|nested|meta|wrapper|device)/,
    'only dense tensors with their numbers are read',
    'Save dense tensors on the CPU',
  ],
  [/^torch\.(u?int\d+|float8\w*|\w+Storage)$/, 'this kind of element is not read', 'Save another dtype'],
  [
    /^(torch\.nn|torchvision|timm|mmdet|mmcv|mmengine|detectron2|models?|ultralytics|transformers)\./,
    'the pickle holds a whole object, not only weights',
    "Save the model's state_dict() instead",
  ],
]

/** The error for a name that is on no list. Nothing of that name was looked up, let alone run. */
export function refusal(context: PickleContext, name: string): WeightError {
  const known = REASONS.find(([names]) => names.test(name))
  return context.error(known?.[1] ?? 'the pickle asks for more than data', {
    expected: 'tensors, numbers, text and containers of them',
    got: name,
    hint: known?.[2] ?? 'Nothing of it was run. Take the file from whom you trust, or save only its weights',
  })
}
