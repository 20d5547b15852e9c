import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { thinKeypointModelFile, thinModelFile } from '../../test/thin-model.ts'
import { nodePlatform } from '../node/platform.ts'
import type { SessionOptions } from '../runtime/session.ts'
import { loadDetector } from './detector.ts'

const PICTURE = {
  width: 70,
  height: 50,
  data: Uint8Array.from({ length: 70 * 50 * 3 }, (_, i) => (i * 7919) % 251),
}

/** How the session of a model was made, and everything that the model says and finds. */
async function opened(model: Uint8Array, { max }: { readonly max?: number } = {}) {
  const made: SessionOptions[] = []
  const createSession: typeof nodePlatform.createSession = (graph, options = {}) => {
    made.push(options)
    return nodePlatform.createSession(graph, options)
  }
  const detector = await loadDetector({ ...nodePlatform, createSession }, model, { device: 'cpu', max })
  try {
    const { instances, notes } = await detector.detect(PICTURE, { score: 0 })
    const found = instances.map(({ mask, ...rest }) => ({ ...rest, mask: mask?.toRle() }))
    return { made, says: { metadata: detector.metadata, found, notes } }
  } finally {
    await detector.dispose()
  }
}

describe('the graph of a model', () => {
  let cache: string
  const graphs = () => join(cache, 'graphs')
  const kept = () => readdirSync(graphs()).map((name) => join(graphs(), name))
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'maskwright-graphs-'))
    vi.stubEnv('MASKWRIGHT_CACHE', cache)
    vi.stubEnv('MASKWRIGHT_KEPT_GRAPHS', 'on')
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(cache, { recursive: true, force: true })
  })

  it('is kept as it was optimised, and finds the same to the last bit', async () => {
    const first = await opened(thinModelFile())
    expect(first.made).toMatchObject([{ optimizedFile: expect.any(String) }])
    expect(kept()).toHaveLength(1)
    const second = await opened(thinModelFile())
    expect(second.made).toMatchObject([{ optimize: 'none' }])
    expect(second.says).toEqual(first.says)
    expect(first.says.found.length).toBeGreaterThan(0)
    expect(kept()).toHaveLength(1)
  })

  it('is another for other bytes, and for more room', async () => {
    await opened(thinModelFile())
    await opened(thinKeypointModelFile())
    await opened(thinModelFile(), { max: 200 })
    expect(kept()).toHaveLength(3)
  })

  it.each([
    [
      'graph.onnx',
      'has another bit',
      (bytes: Buffer) => bytes.fill(bytes[bytes.length - 99] ^ 4, bytes.length - 99, bytes.length - 98),
    ],
    ['graph.onnx', 'is empty', () => Buffer.alloc(0)],
    ['about.json', 'says something else', (bytes: Buffer) => bytes.fill('~', 40, 41)],
    ['about.json', 'is cut short', (bytes: Buffer) => bytes.subarray(0, 1000)],
    ['weights', 'is cut short', (bytes: Buffer) => bytes.subarray(0, 1000)],
  ])('is made again where its %s %s', async (file, _, damage) => {
    const { says } = await opened(thinModelFile())
    const path = join(kept()[0], file)
    const whole = readFileSync(path)
    writeFileSync(path, damage(Buffer.from(whole)))
    const again = await opened(thinModelFile())
    expect(again.made).toMatchObject([{ optimizedFile: expect.any(String) }])
    expect(again.says).toEqual(says)
    expect(statSync(path).size).toBeGreaterThan(1000)
    expect((await opened(thinModelFile())).made).toMatchObject([{ optimize: 'none' }])
  })

  it('is not kept where the cache takes no files, or where that is turned off', async () => {
    writeFileSync(graphs(), 'no folder')
    const { made } = await opened(thinModelFile())
    expect(made).toMatchObject([{ device: 'cpu' }])
    expect(made[0].optimizedFile).toBeUndefined()
    rmSync(graphs())
    vi.stubEnv('MASKWRIGHT_KEPT_GRAPHS', 'off')
    await opened(thinModelFile())
    expect(readdirSync(cache)).toEqual([])
  })

  it('makes room for itself: those go that were not used for longest', async () => {
    mkdirSync(graphs())
    for (const [name, year] of [
      ['old', 2001],
      ['older', 2000],
    ] as const) {
      const path = join(graphs(), name)
      mkdirSync(path)
      writeFileSync(join(path, 'weights'), '')
      truncateSync(join(path, 'weights'), 600 * 2 ** 20)
      utimesSync(path, new Date(year, 1), new Date(year, 1))
    }
    await opened(thinModelFile())
    const names = readdirSync(graphs())
    expect(names).toHaveLength(2)
    expect(names).toContain('old')
  })

  it('is made by several at once, of which each is right', async () => {
    const all = await Promise.all([1, 2, 3].map(() => opened(thinModelFile())))
    for (const { says } of all) expect(says).toEqual(all[0].says)
    expect(kept()).toHaveLength(1)
  })
})
