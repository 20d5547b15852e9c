import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../../test/memory-files.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { openBestWeights } from './best-weights.ts'

const weights = (...values: number[]) => new Map([['w', float32(values)]])

describe('the weights of the best evaluations', () => {
  it('are the best so many, and their mean is that of each number', async () => {
    const kept = await openBestWeights(memoryFiles(), 2, 0)
    await kept.offer(10, 0.2, weights(1, 10))
    await kept.offer(20, 0.5, weights(2, 20))
    await kept.offer(30, 0.1, weights(100, 100))
    await kept.offer(40, 0.4, weights(5, -3))
    await kept.offer(50, -1, weights(100, 100))
    expect(kept.steps()).toEqual([20, 40])
    expect(toNumbers((await kept.mean()).get('w')!)).toEqual([3.5, 8.5])
  })

  it('are those of a run that goes on, without steps that it will take again, and once each', async () => {
    const files = memoryFiles()
    const before = await openBestWeights(files, 2, 0)
    await before.offer(10, 0.2, weights(1))
    await before.offer(20, 0.3, weights(2))
    const again = await openBestWeights(files, 2, 15)
    expect(again.steps()).toEqual([10])
    await again.offer(10, 0.2, weights(7))
    await again.offer(20, 0.25, weights(4))
    expect(again.steps()).toEqual([10, 20])
    expect(toNumbers((await again.mean()).get('w')!)).toEqual([2.5])
  })

  it('of a file that cannot be read are written over', async () => {
    const files = memoryFiles()
    await (await openBestWeights(files, 2, 0)).offer(10, 0.2, weights(1))
    for (const name of files.content.keys()) await files.write(name, 'damaged')
    const again = await openBestWeights(files, 2, 90)
    expect(again.steps()).toEqual([])
    await again.offer(20, 0.1, weights(3))
    expect(toNumbers((await again.mean()).get('w')!)).toEqual([3])
  })
})
