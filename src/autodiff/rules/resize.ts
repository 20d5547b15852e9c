import { GradientError } from '../../errors.ts'
import { abs, add, cast, clamp, div, equal, floor, mul, relu, sub } from '../../ops/elementwise.ts'
import { range, type Size, sizeOf, unsqueeze } from '../../ops/layout.ts'
import { matMul } from '../../ops/linear.ts'
import { averagePool } from '../../ops/pool.ts'
import type { ResizeAttributes } from '../../ops/resize.ts'
import { type FloatValue, floatInput, gradOutput, type RuleContext } from '../rule.ts'
import { swapLast } from './linear.ts'
import { sizeAsFloat } from './reduce.ts'

/**
 * Resampling is linear and separable, y = Ry x Rx', so its gradient is Ry' g Rx. The matrices are
 * computed in the graph by the formulas (and in the precision) of the runtime's kernel; for sizes known
 * while building the runtime folds them to constants.
 */
export function resizeRule(context: RuleContext<ResizeAttributes>) {
  const x = floatInput(context, 0)
  const g = gradOutput(context)
  const factor = wholeFactor(x, g)
  const input =
    context.attributes.mode === 'nearest' && factor
      ? mul(averagePool(g, { kernel: factor }), factor * factor)
      : byMatrices(x, g, context.attributes)
  return [input, undefined, undefined, undefined]
}

/** The factor where both axes are enlarged by one whole number. */
function wholeFactor(x: FloatValue, g: FloatValue): number | undefined {
  const [height, width] = [2, 3].map((axis) => Number(g.shape[axis]) / Number(x.shape[axis]))
  return height === width && Number.isInteger(height) ? height : undefined
}

function byMatrices(x: FloatValue, g: FloatValue, attributes: ResizeAttributes): FloatValue {
  const [rows, columns] = [2, 3].map((axis) => samplingMatrix(sizeOf(x, axis), sizeOf(g, axis), attributes))
  const narrowed = x.shape[3] === g.shape[3] ? g : matMul(g, cast(columns, g.dtype))
  return x.shape[2] === g.shape[2] ? narrowed : matMul(swapLast(cast(rows, g.dtype)), narrowed)
}

/** `[outputs, inputs]`: the weights with which each output of one axis takes the inputs. */
function samplingMatrix(inputs: Size, outputs: Size, attributes: ResizeAttributes): FloatValue {
  const { mode, coordinateTransformationMode: coordinates, nearestMode } = attributes
  const scale = div(sizeAsFloat(outputs, 'float32'), sizeAsFloat(inputs, 'float32'))
  const last = sub(sizeAsFloat(inputs, 'float32'), 1)
  const at = unsqueeze(cast(range(outputs), 'float32'), 1)
  const column = unsqueeze(cast(range(inputs), 'float32'), 0)
  const onePixel = (position: FloatValue) => cast(equal(clamp(position, 0, last), column), 'float32')
  if (mode === 'nearest' && coordinates === 'asymmetric' && nearestMode === 'floor') {
    return onePixel(floor(div(at, scale)))
  }
  if (coordinates !== 'half_pixel' || mode === 'nearest') {
    throw new GradientError(`Resize of mode "${mode}" with coordinates "${coordinates}" has no gradient`, {
      expected: 'nearest with asymmetric coordinates, or linear or cubic with half_pixel',
    })
  }
  const source = sub(div(add(at, 0.5), scale), 0.5)
  if (mode === 'linear') return relu(sub(1, abs(sub(clamp(source, 0, last), column))))
  const base = floor(source)
  const fraction = sub(source, base)
  return [-1, 0, 1, 2]
    .map((tap) =>
      mul(onePixel(add(base, tap)), cubicWeight(abs(sub(fraction, tap)), tap, attributes.cubicCoeffA)),
    )
    .reduce((sum, part) => add(sum, part))
}

/** Keys' kernel: taps 0 and 1 are within one pixel, -1 and 2 within two. */
function cubicWeight(distance: FloatValue, tap: number, a: number): FloatValue {
  const [a3, a2, a1, a0] = tap === 0 || tap === 1 ? [a + 2, -(a + 3), 0, 1] : [a, -5 * a, 8 * a, -4 * a]
  return add(mul(add(mul(add(mul(distance, a3), a2), distance), a1), distance), a0)
}
