/** Files that `torch.save` wrote: every tensor to the last bit, their order, and what else a checkpoint says. */

import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { openWeights } from '../../src/node/weights-files.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import type { Comparison, ParityCheck } from './comparison.ts'

export const pthReader: ParityCheck = async ({
  folder,
  outputs,
  case: { files, checkpoint, key_order: order },
}) => {
  const comparisons: Comparison[] = []
  const compare = (name: string, isEqual: boolean) =>
    comparisons.push({ name, error: isEqual ? 0 : 1, tolerance: 0 })
  for (const name of `${files.zip}, ${files.legacy}`.split(', ')) {
    const file = await openWeights(join(folder, name))
    try {
      for (const [tensor, lazy] of file.tensors) {
        const expected = outputs.get(tensor)
        if (expected) compare(`${name}: ${tensor}`, isSame(await lazy.read(), expected))
      }
      // What one of them adds: a name of a class, which is read as its settings.
      if (name === 'with_namespace.pth') {
        compare(`${name}: settings`, isDeepStrictEqual(file.metadata, { args: { lr: 0.1, name: 'run' } }))
        compare(`${name}: tensors`, isDeepStrictEqual([...file.tensors.keys()], ['w']))
        continue
      }
      compare(`${name}: order`, isDeepStrictEqual([...file.tensors.keys()], order))
      if (!name.startsWith('checkpoint')) continue
      const { optimizer_param_groups: groups, ...values } = checkpoint
      for (const [key, value] of Object.entries(values))
        compare(`${name}: ${key}`, isDeepStrictEqual(file.metadata[key], value))
      compare(`${name}: optimizer`, isDeepStrictEqual(file.metadata.optimizer, { param_groups: groups }))
    } finally {
      await file.close()
    }
  }
  return { comparisons }
}

function isSame(ours: Tensor, theirs: Tensor): boolean {
  const bits = ({ data: { buffer, byteOffset, byteLength } }: Tensor) =>
    Buffer.from(buffer, byteOffset, byteLength)
  return (
    ours.dtype === theirs.dtype &&
    isDeepStrictEqual(ours.shape, theirs.shape) &&
    bits(ours).equals(bits(theirs))
  )
}
