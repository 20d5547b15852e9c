import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { command, folderOf } from '../../test/in-process.ts'
import { rankGroup } from '../../test/rank-group.ts'
import type { Dataset } from '../data/dataset.ts'
import { resolveConfig } from '../train/config.ts'
import type { ResolvedConfig } from '../train/train-config.ts'
import { joinRanks, requireSameTraining } from './joined-ranks.ts'

function configOf(more: Record<string, unknown> = {}, images = 'photos'): ResolvedConfig {
  const data = { train: { images, annotations: `${images}.json` } }
  return resolveConfig({ model: { name: 'mask-rcnn' }, data, steps: 9, ...more }, { where: 'config.json' })
}

function datasetOf(x = 1, crowd = false): Dataset {
  const image = { id: 7, fileName: 'a.png', height: 20, width: 30 }
  const object = { id: 1, imageId: 7, categoryId: 4, box: [x, 2, 8, 9], area: 49, isCrowd: crowd }
  return {
    images: [image],
    categories: [{ id: 4, name: 'leaf' }],
    annotations: new Map([[7, [object]]]),
  } as unknown as Dataset
}

/** What each of three ranks is told, where the last alone has something else. */
function toldTo(last: readonly [ResolvedConfig, Dataset], all = [configOf(), datasetOf()] as const) {
  const ranks = rankGroup(3)
  const given = [all, all, last]
  const told = ranks.map(async (rank, i) => {
    const [config, train] = given[i]
    return requireSameTraining(rank, config, { train }).then(
      () => 'agreed',
      (error: Error) => `${error.name}: ${error.message}`,
    )
  })
  return Promise.all(told)
}

describe('processes that train together', () => {
  it('agree where places of files and shares of the machine alone are others', async () => {
    const elsewhere = configOf({ threads: 3, workers: 2 }, 'other/place')
    expect(await toldTo([elsewhere, datasetOf()])).toEqual(['agreed', 'agreed', 'agreed'])
  })

  it.each([
    ['seed', { seed: 5 }],
    ['batchSize', { batchSize: 3 }],
    ['learning rate', { optimizer: { name: 'sgd', learningRate: 0.5 } }],
  ])('are all refused where one has another %s', async (_, more) => {
    const told = await toldTo([configOf(more), datasetOf()])
    for (const line of told) {
      expect(line).toBe(
        'ConfigError: the processes do not have the same configuration; got a difference between process 2 and process 0. Give all of them the same package, configuration file and annotations',
      )
    }
  })

  it.each([
    ['a box', datasetOf(2)],
    ['a crowd', datasetOf(1, true)],
    ['an image', { ...datasetOf(), images: [] }],
    ['the name of a category', { ...datasetOf(), categories: [{ id: 4, name: 'stem' }] }],
  ])('are all refused where one has other annotations: %s', async (_, dataset) => {
    const told = await toldTo([configOf(), dataset as Dataset])
    for (const line of told)
      expect(line).toContain('the same images and labels; got a difference between process 2 and process 0')
  })
})

describe('a process that mpirun has started', () => {
  beforeEach(() => vi.stubEnv('OMPI_COMM_WORLD_SIZE', '2'))
  afterEach(() => vi.unstubAllEnvs())

  it('refuses a GPU before it joins the others', async () => {
    await expect(joinRanks('cuda', new AbortController().signal)).rejects.toThrow(
      '--device: processes of mpirun compute on the CPU; expected cpu, got cuda',
    )
  })

  it('refuses to choose settings for photos, and several trainings', async () => {
    const folder = folderOf({ 'photos/a.png': '', 'config.json': '{}' })
    const config = path.join(folder, 'config.json')
    const alone =
      'one process does this; expected one configuration under mpirun, without --seeds and --sweep'
    for (const args of [
      [path.join(folder, 'photos')],
      [config, '--seeds', '0,1'],
      [config, '--sweep', 'seed=0,1'],
    ]) {
      const { code, stdout, stderr } = await command('train', ...args)
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toContain(`maskwright: ${args[0]}: ${alone}`)
      expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    }
  })
})
