/** A server as its clients see it: the client of the package, curl, and Python. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MaskwrightClient, ServerError, tensor } from '../src/client.ts'
import { decodeRle, decompressRle } from '../src/coco.ts'
import { type AllowedUrls, allowedUrls } from '../src/node/allowed-urls.ts'
import { decodeImage, encodePng } from '../src/node/decode-image.ts'
import {
  cocoAnswer,
  errorAnswer,
  geojsonAnswer,
  labelmeAnswer,
  modelAnswer,
  predictionAnswer,
} from '../src/server/answer-schemas.ts'
import { type ThinServer, thinServer } from './thin-server.ts'

const ROOT = resolve(import.meta.dirname, '..')
const [width, height] = [72, 64]
const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 251)
const png = Uint8Array.from(await encodePng({ data: pixels, width, height }))
const folder = mkdtempSync(join(tmpdir(), 'maskwright-clients-'))
const picture = join(folder, 'cell.png')
writeFileSync(picture, png)

let server: ThinServer
let client: MaskwrightClient
/** Has pictures that the server may fetch. */
const large = Uint8Array.from(
  await encodePng({ data: new Uint8Array(101 * 100 * 3), width: 101, height: 100 }),
)
const pictures = createServer(({ url }, answer) => void answer.end(url === '/png' ? png : large))
let place: string
let urls: AllowedUrls
beforeAll(async () => {
  await new Promise<void>((listening) => pictures.listen(0, '127.0.0.1', listening))
  place = `127.0.0.1:${(pictures.address() as AddressInfo).port}`
  urls = allowedUrls([place], { bytes: 100_000, seconds: 10 })
  server = await thinServer({ pixels: 100 * 100 }, urls)
  client = new MaskwrightClient(server.url)
})
afterAll(async () => {
  await server?.close()
  await urls?.close()
  pictures.close()
  rmSync(folder, { recursive: true })
})

/** A server that answers as it is told, one answer a request; it tells what was asked. */
async function scripted(
  answers: readonly { status: number; headers?: Record<string, string>; body?: string }[],
) {
  const asked: { path?: string; headers: NodeJS.Dict<string | string[]> }[] = []
  const own = createServer((request, response) => {
    const { status, headers = {}, body = '{}' } = answers[Math.min(asked.length, answers.length - 1)]
    asked.push({ path: request.url, headers: request.headers })
    request.resume().on('end', () => response.writeHead(status, headers).end(body))
  })
  await new Promise<void>((listening) => own.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(own.address() as AddressInfo).port}`
  return { url, asked, [Symbol.dispose]: () => own.close() }
}

describe('the client', () => {
  it('finds what the server finds, as masks too', async () => {
    const found = await client.predict(png, { score: 0.02, max: 3 })
    const direct = await fetch(`${server.url}/predict?score=0.02&max=3`, { method: 'POST', body: png })
    const { images } = await direct.json()
    expect(found.images[0].instances).toEqual(images[0].instances)
    expect(found.images[0].instances.length).toBeGreaterThan(0)
    for (const { segmentation, area } of found.images[0].instances) {
      const bitmap = decodeRle(decompressRle(segmentation!))
      expect([bitmap.length, bitmap.reduce((sum, bit) => sum + bit, 0)]).toEqual([width * height, area])
    }
  })

  it('takes blobs and buffers, and gives every format', async () => {
    const options = { score: 0.02, model: 'thin' }
    const coco = await client.predict(new Blob([png]), { ...options, format: 'coco' })
    expect(coco[0].image_id).toBe(1)
    const overlay = await client.predict(png.buffer, { ...options, format: 'png' })
    expect((await decodeImage(overlay)).width).toBe(2 * width)
    expect((await client.predict(png, { ...options, format: 'geojson' })).type).toBe('FeatureCollection')
  })

  it('sends tensors as bytes and gets them so', async () => {
    const image = tensor('uint8', [height, width, 3], pixels)
    const all = await client.infer('thin', { image })
    const two = await client.infer('thin', { image }, { outputs: ['scores', 'labels'] })
    expect(Object.keys(two)).toEqual(['scores', 'labels'])
    expect(two.scores).toEqual(all.scores)
    expect(all.boxes.shape).toEqual([all.scores.shape[0], 4])
    const { images } = await client.predict(png, { score: 0.02 })
    expect(all.scores.data[0]).toBeCloseTo(images[0].instances[0].score, 3)
  })

  it('tells which models there are, and whether the server is ready', async () => {
    const [model, ...others] = await client.models()
    expect([model.name, others]).toEqual(['thin', []])
    expect(model.inputs).toEqual([{ name: 'image', datatype: 'UINT8', shape: [-1, -1, 3] }])
    expect(await client.ready()).toBe(true)
    expect(await new MaskwrightClient('http://127.0.0.1:9').ready()).toBe(false)
  })

  it('tells what the server refused, with the status and the id of the request', async () => {
    const refused = await client.predict(new Uint8Array([1, 2, 3])).catch((error) => error)
    expect(refused).toBeInstanceOf(ServerError)
    expect(refused).toMatchObject({ status: 400, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    expect(refused.message).toContain('not an image of a known format')
    await expect(client.predict(png, { model: 'thick' })).rejects.toMatchObject({ status: 404 })
    const image = tensor('uint8', [1, 1, 1], new Uint8Array(1))
    await expect(client.infer('thin', { image })).rejects.toMatchObject({ status: 400 })
    const gone = new MaskwrightClient('http://127.0.0.1:9').predict(png)
    await expect(gone).rejects.toMatchObject({ status: 0, message: expect.stringContaining('127.0.0.1:9') })
    expect(() => new MaskwrightClient('file:///tmp')).toThrow('not one of a server')
  })

  it('brings nothing along: no runtime, no package, nothing of one platform', async () => {
    const { metafile } = await build({
      ...{ entryPoints: [join(ROOT, 'src/client.ts')], absWorkingDir: ROOT, metafile: true, minify: true },
      ...{ bundle: true, write: false, platform: 'browser', format: 'esm', outdir: 'out' },
    })
    expect(
      Object.keys(metafile.inputs).filter((file) => !/^src\/(client|tensor|errors)\b/.test(file)),
    ).toEqual([])
    const [{ bytes }] = Object.values(metafile.outputs)
    expect(bytes).toBeLessThan(12_000)
  })

  it('names images that the server fetches, and hears of each why it could not', async () => {
    const wanted = [
      `http://${place}/png`,
      `http://${place}/large`,
      `http://${place}/png`,
      'http://127.0.0.1:1/png',
    ]
    const { images } = await client.predictUrls(wanted, { score: 0.02 })
    const [{ instances }] = (await client.predict(png, { score: 0.02 })).images
    expect(instances.length).toBeGreaterThan(0)
    expect(images).toMatchObject([
      { file: wanted[0], width, height, instances },
      { file: wanted[1], error: expect.stringContaining('too many pixels') },
      { file: wanted[2], instances },
      {
        file: wanted[3],
        error: expect.stringContaining('127.0.0.1:1 is not among the hosts that are allowed'),
      },
    ])
    const list = (listed: unknown, query = '') =>
      fetch(`${server.url}/predict${query}`, {
        ...{ method: 'POST', body: JSON.stringify({ urls: listed }) },
        headers: { 'content-type': 'application/json' },
      })
    expect((await list(wanted, '?format=coco')).status).toBe(400)
    for (const wrong of [[], 'http://a', ['file:///etc/passwd'], ['relative'], Array(17).fill(wanted[0])]) {
      expect((await list(wrong)).status, JSON.stringify(wrong)).toBe(400)
    }
  })

  it('asks a busy server again, and heeds what it says', async () => {
    const busy = { status: 429, headers: { 'retry-after': '0' }, body: '{"error":"busy","request_id":"r1"}' }
    const done = { status: 200, body: '{"model":"m","images":[]}' }
    using first = await scripted([busy, { ...busy, status: 503 }, done])
    const patient = new MaskwrightClient(`${first.url}/behind/`, { token: 'secret' })
    expect((await patient.predict(png)).model).toBe('m')
    expect(first.asked.map(({ path }) => path)).toEqual(Array(3).fill('/behind/predict'))
    expect(first.asked[0].headers.authorization).toBe('Bearer secret')

    using listing = await scripted([done])
    const lists = new MaskwrightClient(listing.url)
    expect(await lists.predictUrls(['https://a.example/b.png'], { score: 0.2 })).toEqual({
      model: 'm',
      images: [],
    })
    expect(listing.asked).toMatchObject([
      { path: '/predict?score=0.2', headers: { 'content-type': 'application/json' } },
    ])

    using second = await scripted([busy])
    const impatient = new MaskwrightClient(second.url, { retries: { most: 2 } })
    const error = await impatient.predict(png).catch((refused) => refused)
    expect(error).toMatchObject({ status: 429, requestId: 'r1', retryAfter: 0 })
    expect(second.asked).toHaveLength(3)

    using third = await scripted([{ ...busy, headers: { 'retry-after': '3600' } }])
    await expect(new MaskwrightClient(third.url).predict(png)).rejects.toMatchObject({ retryAfter: 3600 })
    expect(third.asked).toHaveLength(1)

    using fourth = await scripted([{ status: 500 }])
    await expect(new MaskwrightClient(fourth.url).predict(png)).rejects.toMatchObject({ status: 500 })
    expect(fourth.asked).toHaveLength(1)
  })

  it('stops when it is told to, also while it waits', async () => {
    using busy = await scripted([{ status: 429, headers: { 'retry-after': '20' } }])
    const control = new AbortController()
    const asked = new MaskwrightClient(busy.url).predict(png, { signal: control.signal })
    await expect.poll(() => busy.asked.length).toBe(1)
    control.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
  })
})

describe('answers', () => {
  it('are what the document of the interface says', async () => {
    const of = async (path: string, body?: Uint8Array<ArrayBuffer>) =>
      (await fetch(`${server.url}${path}`, { method: body ? 'POST' : 'GET', body })).json()
    expect(
      predictionAnswer.parse(await of('/predict?score=0.02', png)).images[0].instances.length,
    ).toBeGreaterThan(0)
    expect(cocoAnswer.parse(await of('/predict?score=0.02&format=coco', png)).length).toBeGreaterThan(0)
    geojsonAnswer.parse(await of('/predict?score=0.02&format=geojson', png))
    labelmeAnswer.parse(await of('/predict?score=0.02&format=labelme', png))
    modelAnswer.parse(await of('/v2/models/thin'))
    errorAnswer.parse(await of('/predict', new Uint8Array(3)))
  })

  it('take numbers as JSON has them', async () => {
    const answer = await fetch(`${server.url}/predict?score=2e-2&max=1e0`, { method: 'POST', body: png })
    expect((await answer.json()).images[0].instances).toHaveLength(1)
  })
})

const missing = (tool: string) => {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' })
    return ''
  } catch {
    return ` (skipped: there is no ${tool})`
  }
}
const told = async (program: string, args: readonly string[]) =>
  (await promisify(execFile)(program, args, { cwd: folder })).stdout

describe('clients of other makers', () => {
  const noCurl = missing('curl')
  it.skipIf(noCurl)(`the lines for curl in the guide do what they say${noCurl}`, async () => {
    const guide = readFileSync(join(ROOT, 'docs', 'deployment.md'), 'utf8')
    const lines = [...guide.matchAll(/^curl .*$/gm)].map(([line]) => line)
    const own = lines.filter((line) => !/token|https:/i.test(line))
    expect(own.length).toBeGreaterThan(2)
    for (const line of own) {
      await told('sh', ['-c', `${line.replaceAll('http://127.0.0.1:8080', server.url)} --fail --silent`])
    }
    const overlay = await decodeImage(readFileSync(join(folder, 'overlay.png')))
    expect([overlay.width, overlay.height]).toEqual([2 * width, 2 * height])
  })

  const noPython = missing('python3')
  it.skipIf(noPython)(`the example for Python finds what the client finds${noPython}`, async () => {
    const script = join(ROOT, 'examples', 'serve', 'predict.py')
    const lines = (await told('python3', [script, server.url, picture, '0.02'])).trim().split('\n')
    const { images } = await client.predict(png, { score: 0.02 })
    expect(lines.map((line) => line.split(' ')[0])).toEqual(
      images[0].instances.map(({ category }) => category),
    )
    const refused = told('python3', [script, server.url, script]).catch(({ stderr }) => stderr)
    expect(await refused).toMatch(/^400: .*not an image/)
  })
})
