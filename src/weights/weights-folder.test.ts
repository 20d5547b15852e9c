import { describe, expect, it } from 'vitest'
import { float32 } from '../tensor/tensor.ts'
import { memorySource, type SourceFolder } from './byte-source.ts'
import { readWeightsFolder } from './read-weights.ts'
import { encodeSafetensors } from './safetensors.ts'

describe('a folder', () => {
  const folder = (files: Record<string, string | Uint8Array>, open: string[] = []): SourceFolder => ({
    name: 'hub',
    open: async (name) => {
      if (!Object.hasOwn(files, name)) return undefined
      const content = files[name]
      const memory = memorySource(
        name,
        typeof content === 'string' ? new TextEncoder().encode(content) : content,
      )
      open.push(name)
      const close = async () => {
        if (open.includes(name)) open.splice(open.indexOf(name), 1)
      }
      return { ...memory, close }
    },
  })
  const shard = (name: string, value: number) => encodeSafetensors(new Map([[name, float32([value])]]))
  const index = (map: unknown) => JSON.stringify({ metadata: { total_size: 8 }, weight_map: map })
  const shards = {
    'model.safetensors.index.json': index({ b: '2.safetensors', a: '1.safetensors' }),
    '1.safetensors': shard('a', 1),
    '2.safetensors': shard('b', 2),
  }

  it('has a model and what it is', async () => {
    const files = { 'config.json': '{"architecture": "resnet50"}', 'model.safetensors': shard('a', 1) }
    const { tensors, metadata } = await readWeightsFolder(folder(files))
    expect(await tensors.get('a')!.read()).toEqual(float32([1]))
    expect(metadata).toEqual({ config: { architecture: 'resnet50' } })
  })

  it('has shards, which are closed together', async () => {
    const open: string[] = []
    const file = await readWeightsFolder(folder(shards, open))
    expect([...file.tensors.keys()]).toEqual(['b', 'a'])
    expect(await file.tensors.get('b')!.read()).toEqual(float32([2]))
    expect(file.metadata).toEqual({ total_size: 8 })
    expect(open).toHaveLength(3)
    await file.close()
    expect(open).toEqual([])
  })

  it.each<[string, Record<string, string | Uint8Array>, string]>([
    ['no weights', { 'readme.md': '' }, 'hub: the folder holds no weights; expected model.safetensors or'],
    ['a shard missing', { ...shards, '2.safetensors': '' }, '2.safetensors: no file of weights'],
    ['no shard', { 'model.safetensors.index.json': index({ a: '1.safetensors' }) }, '1.safetensors in hub'],
    [
      'a way out',
      { 'model.safetensors.index.json': index({ a: '../1.safetensors' }) },
      'expected plain names of files, got ../1',
    ],
    [
      'a tensor missing',
      { ...shards, '2.safetensors': encodeSafetensors(new Map()) },
      '2.safetensors lacks a tensor .*got b',
    ],
    ['one too many', { ...shards, '2.safetensors': shard('c', 1) }, '2.safetensors holds a tensor .*got c'],
    ['no index in it', { 'model.safetensors.index.json': '{"a": 1}' }, 'no index of weights'],
    [
      'half a config',
      { 'model.safetensors': shard('a', 1), 'config.json': '{' },
      'config.json: file is not JSON',
    ],
    ['half an index', { 'model.safetensors.index.json': '{"a"' }, 'file is not JSON'],
  ])('is refused with %s, and closed', async (_, files, message) => {
    const open: string[] = []
    await expect(readWeightsFolder(folder(files, open))).rejects.toThrow(new RegExp(message))
    expect(open).toEqual([])
  })
})
