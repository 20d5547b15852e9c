import type { Value } from '../graph/value.ts'
import { add, mul, sub } from '../ops/elementwise.ts'
import type { Slot, Values } from './gradient-transform.ts'

/** Name of the averaged copy of a tensor. */
export function averageName(name: string): string {
  return `ema/${name}`
}

/** Slots of the averages of `tensors`; they start as copies. */
export function averageSlots(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
): Slot[] {
  return tensors.map(({ name, shape }) => ({ name: averageName(name), shape, start: { copyOf: name } }))
}

/** Exponential moving averages: `average + (1 - decay) * (value - average)` of the values after the step. */
export function averaged(values: Values, state: Values, decay: number): Map<string, Value<'float32'>> {
  return new Map(
    [...values].map(([name, value]) => {
      const average = state.get(averageName(name))!
      return [averageName(name), add(average, mul(sub(value, average), 1 - decay))]
    }),
  )
}
