import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type MemoryStore, memoryStore } from '../../test/memory-store.ts'
import { finishedShards } from './finished-shards.ts'
import { encodeListing } from './listing.ts'
import { sha256 } from './sha256.ts'

const IMAGES = ['a.png', 'b.png', 'c.png'].map((file) => ({ file }))
const FOUND = (file: string, instances = 1) =>
  JSON.stringify({ file, instances: Array.from({ length: instances }, () => ({})) })
const FAILED = JSON.stringify({ file: 'b.png', error: 'b.png: is broken' })
const FIRST = `${FOUND('a.png', 2)}\n${FAILED}\n`
const LAST = `${FOUND('c.png')}\n`

async function openShards(objects: Readonly<Record<string, string>>) {
  const store = memoryStore(new Map(Object.entries(objects)))
  return shardsIn(store)
}

async function shardsIn(store: MemoryStore) {
  const broken: string[] = []
  const plan = {
    version: '1.2.3',
    model: { name: 'cells', sha256: '0'.repeat(64) },
    settings: {},
    listing: { images: 3, sha256: await sha256(encodeListing(IMAGES)) },
    chunk: 2,
  }
  const onBroken = (place: string, problem: string) => broken.push(`${place}: ${problem}`)
  return { store, broken, shards: finishedShards({ store, plan, images: IMAGES, onBroken }) }
}

describe('shards', () => {
  it('are done where they have one result of each image', async () => {
    const { shards, broken } = await openShards({ 'shards/000000.jsonl': FIRST, 'shards/.tmp': 'x' })
    expect(await shards.look()).toEqual([0])
    expect(await shards.look()).toEqual([])
    expect([shards.pending(), broken]).toEqual([[1], []])
    expect(shards.done.get(0)).toMatchObject({ images: 2, instances: 2, failed: [{ file: 'b.png' }] })
  })

  it.each([
    ['cut short', FIRST.slice(0, -2), 'it is cut short'],
    ['empty', '', 'it has 0 lines for 2 images'],
    ['without a line', `${FOUND('a.png')}\n`, 'it has 1 lines for 2 images'],
    ['with a line twice', `${FOUND('a.png')}\n${FOUND('a.png')}\n`, 'line 2 is not of b.png'],
    ['with a line that is no JSON', `{"file":"a.png"\n${FAILED}\n`, 'line 1 is no result'],
    ['with a line that says nothing', `{"file":"a.png"}\n${FAILED}\n`, 'line 1 is no result'],
  ])('that are %s are removed and told', async (_, text, problem) => {
    const { shards, broken, store } = await openShards({
      'shards/000000.jsonl': text,
      'shards/000001.jsonl': LAST,
    })
    expect(await shards.look()).toEqual([1])
    expect(broken).toEqual([`store/shards/000000.jsonl: ${problem}`])
    expect([...store.objects.keys()]).toEqual(['shards/000001.jsonl'])
  })

  it('of a complete batch are compared with its manifest', async () => {
    const { shards, store } = await openShards({ 'shards/000000.jsonl': FIRST })
    await shards.look()
    await shards.put(1, [FOUND('c.png')])
    expect(store.objects.get('shards/000001.jsonl')).toBe(LAST)
    expect(await shards.finish()).toMatchObject({ images: 3, instances: 3 })
    store.objects.set('shards/000001.jsonl', LAST.replace('{}', '{"score":1}'))
    const again = await shardsIn(store)
    expect(await again.shards.look()).toEqual([0])
    expect(again.broken).toEqual(['store/shards/000001.jsonl: it is not what the manifest says'])
    expect(store.objects.has('manifest.json')).toBe(false)
  })
})

it('the manifest names every shard with its hash, and the images that failed', async () => {
  const { shards, store } = await openShards({ 'shards/000000.jsonl': FIRST, 'shards/000001.jsonl': LAST })
  await shards.look()
  await shards.finish()
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  expect(JSON.parse(store.objects.get('manifest.json')!)).toMatchObject({
    ...{ images: 3, instances: 3, failed: [JSON.parse(FAILED)] },
    shards: [
      { file: 'shards/000000.jsonl', images: 2, bytes: FIRST.length, sha256: hash(FIRST) },
      { file: 'shards/000001.jsonl', images: 1, bytes: LAST.length, sha256: hash(LAST) },
    ],
  })
  expect(store.objects.get('failed.jsonl')).toBe(`${FAILED}\n`)
})
