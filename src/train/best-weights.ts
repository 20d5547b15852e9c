import { MaskwrightError } from '../errors.ts'
import { type Tensor, tensor } from '../tensor/tensor.ts'
import { decodeSafetensors, encodeSafetensors } from '../weights/safetensors.ts'
import type { RunFiles } from './run-files.ts'

/** The weights of the best evaluations of a run, in files beside its checkpoints. */
export interface BestWeights {
  /** Keeps weights if they are among the best; nothing happens where those of the step are kept already. */
  offer(step: number, figure: number, weights: ReadonlyMap<string, Tensor<'float32'>>): Promise<void>
  /** Steps whose weights are kept, rising. */
  steps(): number[]
  /** The mean of all that are kept. */
  mean(): Promise<ReadonlyMap<string, Tensor<'float32'>>>
}

interface Kept {
  readonly step: number
  readonly figure: number
}

const fileOf = (slot: number) => `checkpoints/among-best-${slot}.safetensors`

/**
 * Opens the weights of a run that stands at step `reached`, at most `count`. Files that cannot be read, or are of steps that will be
 * taken again, are written over.
 */
export async function openBestWeights(files: RunFiles, count: number, reached: number): Promise<BestWeights> {
  const slots: (Kept | undefined)[] = []
  for (let slot = 0; slot < count; slot++) {
    const kept = keptIn(await files.read(fileOf(slot)))
    slots.push(kept && kept.step <= reached ? kept : undefined)
  }
  const taken = () => slots.flatMap((kept, slot) => (kept ? [{ ...kept, slot }] : []))
  return {
    offer: async (step, figure, weights) => {
      if (!(figure >= 0) || taken().some((kept) => kept.step === step)) return
      const [worst] = taken().sort((a, b) => a.figure - b.figure || a.step - b.step)
      const free = slots.indexOf(undefined)
      if (free < 0 && worst.figure > figure) return
      const slot = free < 0 ? worst.slot : free
      await files.write(fileOf(slot), encodeSafetensors(weights, { step: `${step}`, figure: `${figure}` }))
      slots[slot] = { step, figure }
    },
    steps: () =>
      taken()
        .map(({ step }) => step)
        .sort((a, b) => a - b),
    mean: async () => {
      const kept = taken()
      const sums = new Map<string, { readonly shape: readonly number[]; readonly sum: Float64Array }>()
      for (const { slot } of kept) {
        const { tensors } = decodeSafetensors((await files.read(fileOf(slot)))!)
        for (const [name, { shape, data }] of tensors) {
          const { sum } = sums.get(name) ?? { sum: new Float64Array(data.length) }
          for (let i = 0; i < sum.length; i++) sum[i] += Number(data[i]) / kept.length
          sums.set(name, { shape, sum })
        }
      }
      return new Map(
        [...sums].map(([name, { shape, sum }]) => [name, tensor('float32', shape, Float32Array.from(sum))]),
      )
    },
  }
}

function keptIn(bytes: Uint8Array | undefined): Kept | undefined {
  if (!bytes) return undefined
  try {
    const { step, figure } = decodeSafetensors(bytes).metadata
    return { step: Number(step), figure: Number(figure) }
  } catch (error) {
    if (error instanceof MaskwrightError) return undefined
    throw error
  }
}
