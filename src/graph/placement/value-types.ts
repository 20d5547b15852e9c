import type { GraphProto, NodeProto } from '../../onnx/messages.ts'
import { DATA_TYPE } from '../../onnx/tensor-proto.ts'
import type { Dtype } from '../../tensor/dtype.ts'

const NAME_OF = new Map(Object.entries(DATA_TYPE).map(([dtype, number]) => [number, dtype as Dtype]))

/** Ops whose first output does not have the dtype of their first input, whatever that is. */
const FIXED: Readonly<Record<string, Dtype>> = {
  ...Object.fromEntries(
    ['Shape', 'Size', 'NonZero', 'NonMaxSuppression', 'ArgMax'].map((op) => [op, 'int64']),
  ),
  ...Object.fromEntries(
    ['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Not', 'And', 'Or', 'IsNaN'].map((op) => [
      op,
      'bool',
    ]),
  ),
}

/** Dtypes of the values of a graph by name, as far as they follow from its inputs and constants. */
export function valueTypes({ input, initializer, node }: GraphProto): ReadonlyMap<string, Dtype> {
  const types = new Map<string, Dtype>()
  const set = (name: string | undefined, dtype: Dtype | undefined) => name && dtype && types.set(name, dtype)
  for (const { name, type } of input) set(name, NAME_OF.get(type?.tensorType?.elemType ?? 0))
  for (const { name, dataType } of initializer) set(name, NAME_OF.get(dataType))
  for (const each of node) {
    set(each.output[0], firstType(each, types))
    if (each.opType === 'TopK') set(each.output[1], 'int64')
    else for (const name of each.output.slice(1)) set(name, types.get(each.output[0]))
  }
  return types
}

function firstType(
  { opType, input, attribute }: NodeProto,
  types: ReadonlyMap<string, Dtype>,
): Dtype | undefined {
  if (Object.hasOwn(FIXED, opType)) return FIXED[opType]
  const attributeOf = (name: string) => attribute.find((each) => each.name === name)
  if (opType === 'Cast') return NAME_OF.get(attributeOf('to')?.i ?? 0)
  if (opType === 'Constant' || opType === 'ConstantOfShape')
    return NAME_OF.get(attributeOf('value')?.t?.dataType ?? 0)
  // A condition comes first in Where, how often and whether to go on in Loop.
  return types.get(input[opType === 'Where' ? 1 : opType === 'Loop' ? 2 : 0])
}
