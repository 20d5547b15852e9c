import type { Ranks } from '../runtime/ranks.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Replaces scalars, by the same names in every rank, and the numbers of tensors by their means over all ranks. */
export async function meansOverRanks(
  ranks: Ranks,
  scalars: Record<string, number>,
  tensors: readonly Tensor<'float32'>[],
): Promise<void> {
  const names = Object.keys(scalars)
  const own = [...names.map((name) => scalars[name]), ...tensors.flatMap(({ data }) => [...data])]
  const sums = Float64Array.from(own)
  await ranks.sum(sums)
  const means = sums.map((sum) => sum / ranks.size)
  let at = 0
  for (const name of names) scalars[name] = means[at++]
  for (const { data } of tensors) {
    data.set(means.subarray(at, at + data.length))
    at += data.length
  }
}
