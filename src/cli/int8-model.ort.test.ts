import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { thinModelFile } from '../../test/thin-model.ts'
import { decodeExportedModel, exportModel } from '../models/exported-model.ts'
import { decodeModelFile } from '../models/model-file.ts'
import { encodePng } from '../node/decode-image.ts'
import { nodePlatform } from '../node/platform.ts'
import { createSession } from '../node/session.ts'
import { agreement } from '../predict/agreement.ts'
import { type Detector, loadDetector } from '../predict/detector.ts'
import { type Int8Options, int8Model } from './int8-model.ts'
import { listInputs } from './predict-inputs.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-int8-model-'))
const model = join(folder, 'thin.safetensors')
const images = join(folder, 'images')
const [width, height] = [96, 80]
const picture = (seed: number) => ({
  ...{ width, height },
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => ((i + seed) * 7919) % 251),
})
let said = ''

beforeAll(async () => {
  writeFileSync(model, thinModelFile())
  mkdirSync(images)
  for (const seed of [1, 2]) writeFileSync(join(images, `${seed}.png`), await encodePng(picture(seed)))
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  said = ''
  vi.stubEnv('MASKWRIGHT_CACHE', join(folder, 'cache'))
  vi.stubEnv('MASKWRIGHT_KEPT_GRAPHS', 'on')
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text
    return true
  })
  return () => {
    spy.mockRestore()
    vi.unstubAllEnvs()
    rmSync(join(folder, 'cache'), { recursive: true, force: true })
  }
})

async function made(inputs: readonly string[], options: Int8Options = {}, of = model) {
  const listed = await listInputs(inputs)
  return int8Model(of, listed.images, { threads: 1, ...options }, new AbortController().signal)
}

async function found(bytes: Uint8Array | string, score: number) {
  await using detector: Detector<never> = await loadDetector(nodePlatform, bytes, { threads: 1 })
  return (await detector.detect(picture(1), { score })).instances
}

describe('int8Model', { timeout: 120_000 }, () => {
  it('finds what the model finds, of a score that is asked for, and says what it costs', async () => {
    const bytes = await made([images])
    const { precision, quantization } = decodeExportedModel(bytes).settings
    expect(precision).toBe('int8')
    expect(quantization!.layers.length).toBeGreaterThan(5)
    expect(said).toMatch(
      /^int8: \d+ of \d+ layers have eight bits, calibrated by percentile 99.99 on 2 images; on 2 images \d+ found with float32, \d+ with int8, \d+ by both.*; in \d+\.\d\d of the time\n$/,
    )
    const [float, eight] = [await found(model, 0.01), await found(bytes, 0.01)]
    expect(float.length).toBeGreaterThan(3)
    expect(agreement([{ first: float, second: eight }]).both).toBeGreaterThan(0.6 * float.length)
    const scores = eight.map(({ score }) => score).sort((a, b) => a - b)
    const middle = scores[scores.length >> 1]
    expect((await found(bytes, middle)).length).toBe(scores.filter((score) => score >= middle).length)
  })

  it('is the same the next time, and another one for other images, settings and models', async () => {
    const first = await made([images])
    const kept = readdirSync(join(folder, 'cache', 'graphs')).length
    said = ''
    expect(await made([images])).toEqual(first)
    expect(said).toMatch(/^int8: \d+ of \d+ layers .* on 2 images, when it was first asked for\n$/)
    expect(readdirSync(join(folder, 'cache', 'graphs'))).toHaveLength(kept)
    said = ''
    await made([join(images, '1.png')])
    expect(said).toMatch(/on 1 image; on 1 image/)
    said = ''
    const roomy = await made([images], { max: 150 })
    expect(decodeExportedModel(roomy).metadata.architecture).toMatchObject({ box: { maxDetections: 150 } })
    expect(said).toMatch(/in \d+\.\d\d of the time/)
  })

  it('takes images of a folder, and leaves out what cannot be read', async () => {
    const damaged = join(folder, 'damaged')
    mkdirSync(damaged)
    writeFileSync(join(damaged, 'a.png'), 'no picture')
    await expect(made([damaged])).rejects.toThrow(/a\.png/)
    writeFileSync(join(damaged, 'b.png'), await encodePng(picture(3)))
    await made([images], { calibrate: damaged })
    expect(said).toMatch(/on 1 image; on 1 image/)
  })

  it('refuses an exported model, and inputs none of which is a file', async () => {
    const exported = join(folder, 'thin.onnx')
    writeFileSync(exported, (await exportModel(decodeModelFile(thinModelFile()), createSession)).bytes)
    await expect(made([images], {}, exported)).rejects.toThrow(
      'an exported model keeps the precision that it was exported with',
    )
    await expect(made(['-'])).rejects.toThrow('Name a folder of images like these with --calibrate')
  })
})
