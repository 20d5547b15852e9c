import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { command, folderOf } from '../../../test/in-process.ts'
import { decodeModelFile, decodePretrained } from '../../models/model-file.ts'
import { PRESETS } from '../../models/presets.ts'
import { wantedWeights } from '../../models/wanted-weights.ts'
import { pulledModel } from '../../node/model-cache.ts'
import { loadModelBytes } from '../../node/package-files.ts'
import { elementCount } from '../../tensor/shape.ts'
import { type Tensor, tensor } from '../../tensor/tensor.ts'
import type { PublishedWeights } from '../../weights/published/published-weights.ts'
import { encodeSafetensors } from '../../weights/safetensors.ts'
import { pull } from './pull.ts'

const MODEL = 'fasterrcnn_mobilenet_v3_large_320_fpn'
/** Every number a half, in half precision. */
const halves = (shape: readonly number[]) =>
  tensor('float16', shape, new Uint16Array(elementCount(shape)).fill(0x3800))

/** A file as torchvision has it, with the weights of the model by its names. */
function modelOfTorchvision(): Uint8Array {
  const wanted = [...wantedWeights(PRESETS[MODEL]())].map(
    ([name, { shape }]) => [name, halves(shape)] as const,
  )
  return encodeSafetensors(new Map<string, Tensor>(wanted))
}

/** Names and shapes of torchvision's `mobilenet_v2`, as far as its body is one; the classifier with its names. */
function classifierOfTorchvision(): Uint8Array {
  const config = PRESETS[MODEL]()
  const body = { ...config, backbone: { name: 'mobilenet_v2', norm: config.backbone.norm } } as typeof config
  const wanted = [...wantedWeights(body)].flatMap(([name, { shape }]) => {
    const [, own] = /^backbone\.body\.(.*)$/.exec(name) ?? []
    return own === undefined ? [] : [[`features.${own}`, halves(shape)] as const]
  })
  return encodeSafetensors(
    new Map<string, Tensor>([...wanted, ['classifier.1.weight', halves([1000, 1280])]]),
  )
}

const files = new Map<string, Uint8Array>()
const server = createServer((request, response) => {
  const file = files.get(request.url as string)
  if (file) response.writeHead(200, { 'content-length': file.length }).end(file)
  else response.writeHead(404).end()
})
let table: PublishedWeights[]
let cache: string

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const published = (
    name: string,
    content: Uint8Array,
    more: Partial<PublishedWeights>,
  ): PublishedWeights => {
    files.set(`/${name}.pth`, content)
    const hex = createHash('sha256').update(content).digest('hex').slice(0, 8)
    return {
      ...{ name, kind: 'model', architecture: name, publisher: 'torchvision', url: `${at}/${name}.pth` },
      ...{ digest: { algorithm: 'sha256', hex }, figures: { box: 22.8 }, source: 'https://example.org' },
      licence: { name: 'L', url: 'https://example.org/licence', note: 'a note' },
      ...more,
    }
  }
  table = [
    published(MODEL, modelOfTorchvision(), { normEpsilon: 0 }),
    published('body', classifierOfTorchvision(), { kind: 'body', architecture: 'mobilenet_v2' }),
    published('other_body', classifierOfTorchvision(), { kind: 'body', architecture: 'resnet18' }),
    published('restricted', new Uint8Array(), {
      licence: {
        name: 'CC-BY-NC-4.0',
        url: 'https://example.org',
        note: 'not for commercial use',
        isRestricted: true,
      },
    }),
  ]
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  cache = folderOf({})
  vi.stubEnv('MASKWRIGHT_CACHE', cache)
})
afterEach(() => vi.unstubAllEnvs())

const said = () => {
  const lines: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  return lines
}
afterEach(() => vi.restoreAllMocks())

it('makes a model of published weights, which is taken by its name', async () => {
  const lines = said()
  const place = await pull(MODEL, {}, table)
  expect(place).toBe(join(cache, 'models', `${MODEL}.safetensors`))
  expect(readdirSync(join(cache, 'downloads'))).toEqual([])
  expect(lines.join('')).toContain('Licence: L, a note (https://example.org/licence)\n')
  expect(lines.join('')).toContain(
    'The first 8 of 64 digits of its sha256 are right; its publisher states no more\n',
  )

  const { metadata, weights } = decodeModelFile(await loadModelBytes(MODEL))
  expect(metadata.categories).toHaveLength(90)
  expect(metadata.architecture.backbone.norm).toEqual({ kind: 'frozenBatchNorm', epsilon: 0 })
  expect(metadata).toMatchObject({
    licence: 'L: a note',
    source: table[0].url,
    figures: { 'bbox AP': 0.228 },
  })
  expect(weights.get('backbone.body.0.0.weight')?.data[0]).toBe(0.5)

  files.delete(`/${MODEL}.pth`)
  expect(await pull(MODEL, {}, table)).toBe(place)
  expect(lines.at(-1)).toBe(`${MODEL} is here already\n`)
}, 60_000)

it('keeps the body of a classifier, to start trainings from', async () => {
  said()
  const place = await pull('body', {}, table)
  const weights = decodePretrained(readFileSync(place), place)
  expect([...weights.keys()].every((name) => name.startsWith('backbone.body.'))).toBe(true)
  expect(weights.get('backbone.body.0.0.weight')?.shape).toEqual([32, 3, 3, 3])
  expect(() => decodeModelFile(readFileSync(place))).toThrow(
    'these are the weights of a body, mobilenet_v2, and no model. A training starts from them',
  )
})

it('refuses a body that is another, and keeps the download', async () => {
  said()
  await expect(pull('other_body', {}, table)).rejects.toThrow(
    'the weights are not those of this body; expected the',
  )
  expect(existsSync(join(cache, 'downloads', 'other_body', 'other_body.pth'))).toBe(true)
  expect(existsSync(join(cache, 'models'))).toBe(false)
})

it('asks for a licence that rules out what others allow', async () => {
  for (const acceptLicence of [undefined, 'MIT'])
    await expect(pull('restricted', { acceptLicence }, table)).rejects.toThrow(
      'restricted: the weights have a licence that has to be accepted: not for commercial use; expected --accept-licence CC-BY-NC-4.0',
    )
  expect(readdirSync(cache)).toEqual([])
})

it('tells the command to those who name weights that are not here yet', async () => {
  await expect(loadModelBytes('maskrcnn_resnet50_fpn_v2')).rejects.toThrow(
    'Download them with: maskwright weights pull maskrcnn_resnet50_fpn_v2',
  )
  expect(pulledModel('nothing', table)).toBe(undefined)
  const { code, stderr } = await command('weights', 'pull', 'maskrcnn_resnet50_fpn_v3')
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('did you mean maskrcnn_resnet50_fpn_v2?. maskwright weights list'),
  ])
})

it('lists what there is', async () => {
  const { stdout } = await command('weights', 'list')
  expect(stdout).toMatch(/^ {2}maskrcnn_resnet50_fpn_v2 .* 177 +box AP 47\.4, mask AP 41\.8 /m)
  expect(stdout).toMatch(/^ {2}vovnet39_ese_detectron2 .* CC-BY-NC-4\.0, not for commercial use +-$/m)
  const rows = JSON.parse((await command('weights', 'list', '--json')).stdout)
  expect(rows[0]).toMatchObject({ name: 'fasterrcnn_resnet50_fpn', file: null, figures: { box: 37 } })
})
