import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../../test/memory-files.ts'
import { rankGroup } from '../../test/rank-group.ts'
import { float32 } from '../tensor/tensor.ts'
import { LAST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import { optionsOfRank, stateOfFirst } from './rank-start.ts'
import type { RunOptions } from './run-options.ts'

const optionsOf = (options: Partial<Record<keyof RunOptions, unknown>>) => options as unknown as RunOptions

describe('the start of several processes', () => {
  it.each([
    ['earlyStop', { earlyStop: { patience: 3 } }, 'several processes do not stop early; expected null'],
    [
      'freeze.features',
      { freeze: { stages: 2, features: 'disk' } },
      "several processes keep no features on disk; expected 'none', got 'disk'",
    ],
  ])('refuses %s in every rank, and in one process has nothing against it', async (where, config, line) => {
    const files = memoryFiles()
    const told = rankGroup(2).map((ranks) => optionsOfRank(optionsOf({ ranks, config, files })))
    for (const { reason } of (await Promise.allSettled(told)) as PromiseRejectedResult[])
      expect(reason?.message).toContain(`${where}: ${line}`)
    const alone = optionsOf({ config, files })
    expect(await optionsOfRank(alone)).toBe(alone)
  })

  it.each([
    ['the checkpoint of the first', Uint8Array.of(3, 1, 4)],
    ['none', undefined],
  ])('gives every rank %s, and only the first a folder to write', async (_, checkpoint) => {
    const folders = [memoryFiles(), memoryFiles()]
    if (checkpoint) await folders[0].write(LAST_CHECKPOINT, checkpoint)
    // An older one lies where the second runs.
    await folders[1].write(LAST_CHECKPOINT, Uint8Array.of(9))
    const on = {}
    const options = rankGroup(2).map((ranks, i) =>
      optionsOfRank(optionsOf({ ranks, config: {}, files: folders[i], on })),
    )
    const [first, second] = await Promise.all(options)
    expect([first.files, first.on]).toEqual([folders[0], on])
    expect(second.on).toBeUndefined()
    expect(await second.files.read(LAST_CHECKPOINT)).toEqual(checkpoint)
    await second.files.write('model.safetensors', 'lost')
    expect([...folders[1].content.keys()]).toEqual([LAST_CHECKPOINT])
  })

  it('gives every rank the weights of the first', async () => {
    const states = [
      [1, 2],
      [3, 4],
    ].map((numbers) => new Map([['a', float32(numbers, [2])]]))
    const shared = await Promise.all(rankGroup(2).map((ranks, i) => stateOfFirst(ranks, states[i])))
    expect(shared.map((state) => [...state.get('a')!.data])).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect([...states[1].get('a')!.data]).toEqual([3, 4])
  })
})
