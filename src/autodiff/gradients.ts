import { GradientError } from '../errors.ts'
import { formatShape, isKnown } from '../graph/dim.ts'
import { collectNodes } from '../graph/graph.ts'
import type { Node, Op } from '../graph/op.ts'
import { at } from '../graph/path.ts'
import type { Value } from '../graph/value.ts'
import { add } from '../ops/elementwise.ts'
import { scalar } from '../ops/infer.ts'
import { reshapeTo, shapeOf } from '../ops/layout.ts'
import { opTable } from '../ops/op-table.ts'
import { reduceSum } from '../ops/reduce.ts'
import { type FloatDtype, isFloat } from '../tensor/dtype.ts'
import { recomputation, type SegmentOf } from './recompute.ts'
import { type FloatValue, type GradientRule, NO_GRADIENT, type RuleContext, zerosLike } from './rule.ts'
import { ruleTable } from './rule-table.ts'

export interface GradientOptions {
  /** Segments that are computed again for their gradients; by default all values are kept. */
  readonly segmentOf?: SegmentOf
}

/**
 * Gradients of a scalar float `loss` with respect to the float values `wrt`, as new nodes of the same
 * graph: one value per entry, of the entry's shape and dtype; zeros where the loss does not depend on it.
 * Only nodes between `wrt` and the loss are visited; stopGradient, integers and booleans end a path.
 * Throws `GradientError` where the loss is no float scalar, a `wrt` is no float, or an op on the way has
 * no rule (or none for its attributes), naming the node.
 */
export function gradients<D extends FloatDtype>(
  loss: Value,
  wrt: readonly Value<D>[],
  { segmentOf = () => undefined }: GradientOptions = {},
): Value<D>[] {
  requireFloatScalar(loss)
  for (const value of wrt) requireFloat(value)
  const nodes = dependentNodes(loss, wrt)
  const seenBy = recomputation(nodes, segmentOf)
  const differentiable = new Set<Value>([...wrt, ...nodes.flatMap(floatOutputs)])
  const parts = new Map<Value, FloatValue[]>([[loss, [scalar(loss.dtype as FloatDtype, 1)]]])
  const take = (value: Value): FloatValue | undefined => {
    const sum = parts.get(value)?.reduce((total, part) => add(total, part))
    if (sum) parts.set(value, [sum])
    return sum
  }

  for (const node of nodes.toReversed()) {
    at(node.path ? `${node.path}.gradient` : 'gradient', () => {
      const gradOutputs = node.outputs.map(take)
      if (gradOutputs.every((gradient) => gradient === undefined)) return
      const wants = (i: number) => differentiable.has(node.inputs[i] as Value)
      const seen = seenBy(node, gradOutputs.find((gradient) => gradient !== undefined) as FloatValue)
      const found = applyRule(node, { ...node, ...seen, gradOutputs, wants })
      for (const [i, value] of node.inputs.entries()) {
        const part = found[i]
        if (!value || !part || !wants(i)) continue
        parts.set(value, [...(parts.get(value) ?? []), sumTo(part as FloatValue, seen.inputs[i] as Value)])
      }
    })
  }
  return at('gradient', () => wrt.map((value) => (take(value) ?? zerosLike(value)) as Value<D>))
}

/** Nodes that the loss needs and that need one of `wrt`, in order of computation. */
function dependentNodes(loss: Value, wrt: readonly Value[]): Node[] {
  const reached = new Set<Value>(wrt)
  return collectNodes(loss, new Set()).filter((node) => {
    const passes = ruleOf(node) !== NO_GRADIENT && node.inputs.some((value) => value && reached.has(value))
    if (passes) for (const output of floatOutputs(node)) reached.add(output)
    return passes
  })
}

function floatOutputs(node: Node): Value[] {
  return node.outputs.filter((output) => isFloat(output.dtype))
}

/** By the op itself: an op of somebody's own may have the name of another. */
const RULES = new Map(
  Object.entries(opTable).map(([name, op]) => [
    op as unknown as Op,
    ruleTable[name as keyof typeof opTable] as GradientRule | typeof NO_GRADIENT,
  ]),
)

function ruleOf(node: Node): GradientRule | typeof NO_GRADIENT | undefined {
  return node.op.gradient ?? RULES.get(node.op)
}

function applyRule(node: Node, context: RuleContext): readonly (Value | undefined)[] {
  const rule = ruleOf(node)
  const where = node.path || 'graph'
  if (rule === undefined || rule === NO_GRADIENT) {
    throw new GradientError(`the gradient of ${node.op.name} was asked for and does not exist`, {
      where,
      hint: 'Put stopGradient before it, or give the op a gradient.',
    })
  }
  try {
    return rule(context)
  } catch (error) {
    if (!(error instanceof GradientError) || error.where) throw error
    throw new GradientError(`${node.op.name}: ${error.message}`, { where }, { cause: error })
  }
}

/**
 * Undoes broadcasting: sums a gradient over the axes along which the value was repeated. A known dim of 1
 * against anything else was repeated; a symbol never was (graph/dim.ts). A symbol that met another dim must equal it: the
 * gradient is given the value's shape, which fails in the runtime where that symbol was fed 1 and broadcast after all.
 */
function sumTo(gradient: FloatValue, value: Value): FloatValue {
  const added = gradient.shape.length - value.shape.length
  const axes = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < added || (value.shape[axis - added] === 1 && gradient.shape[axis] !== 1))
  const sum = axes.length === 0 ? gradient : reduceSum(gradient, axes, { keepDims: added === 0 })
  const isAlike =
    sum.shape.length === value.shape.length &&
    value.shape.every((dim, axis) => (!isKnown(dim) ? dim === sum.shape[axis] : true))
  return isAlike ? sum : reshapeTo(sum, shapeOf(value))
}

function requireFloatScalar(loss: Value): void {
  if (!isFloat(loss.dtype) || loss.shape.length > 0) {
    throw new GradientError('only a scalar float has gradients', {
      expected: 'float32[]',
      got: `${loss.dtype}${formatShape(loss.shape)}`,
      hint: 'Reduce the loss with reduceSum or reduceMean.',
    })
  }
}

function requireFloat(value: Value): void {
  if (!isFloat(value.dtype)) {
    throw new GradientError('there is no gradient with respect to integers', {
      got: `${value.dtype}${formatShape(value.shape)}`,
    })
  }
}
