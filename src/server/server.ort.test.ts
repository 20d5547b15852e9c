import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { THIN_CATEGORIES, thinModelFile } from '../../test/thin-model.ts'
import { exportModel } from '../models/exported-model.ts'
import { decodeModelFile } from '../models/model-file.ts'
import { decodeImage, encodePng } from '../node/decode-image.ts'
import { nodePlatform } from '../node/platform.ts'
import { createSession } from '../node/session.ts'
import { loadDetector } from '../predict/detector.ts'
import { predictionJson } from '../predict/to-json.ts'
import { type Tensor, tensor, toNumbers } from '../tensor/tensor.ts'
import { loadServedModel, type ServedModel } from './served-model.ts'
import { openServer, type RunningServer } from './server.ts'
import { SERVER_LIMITS } from './server-limits.ts'

const [width, height] = [72, 64]
const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 251)
const png = await picture(pixels, width, height)
const large = await picture(new Uint8Array(101 * 100 * 3), 101, 100)
// 9000 pixels of 16 bits in four channels.
const deep = Uint8Array.from(
  encode({ width: 100, height: 90, data: new Uint16Array(100 * 90 * 4), depth: 16, channels: 4 }),
)
const folder = mkdtempSync(join(tmpdir(), 'maskwright-server-'))
const LIMITS = {
  ...SERVER_LIMITS,
  bytes: 100_000,
  pixels: 10_000,
  decodedBytes: 50_000,
  requests: 2,
  seconds: 20,
}

/** Of what may take long on a machine that does other things too. */
const PATIENT = { timeout: 20_000 }

let model: ServedModel
let server: RunningServer
let logged = ''
/** What the exported file of the model gives of the picture, computed without the server. */
let exported: Readonly<Record<string, Tensor>>

beforeAll(async () => {
  const file = join(folder, 'thin.safetensors')
  writeFileSync(file, thinModelFile())
  model = await loadServedModel(file, 'thin', {
    device: 'cpu',
    workers: 1,
    threads: 1,
    imageLimits: LIMITS,
  })
  server = await openServer([model], {
    ...{ host: '127.0.0.1', port: 0, limits: LIMITS, version: '1.2.3' },
    log: {
      write: (line) => {
        logged += line
      },
    },
    residentBytes: () => 12345,
  })
  const { bytes } = await exportModel(decodeModelFile(thinModelFile()), createSession)
  const session = await createSession(bytes)
  exported = await session.run({ image: tensor('uint8', [height, width, 3], pixels) })
  await session.dispose()
})
afterAll(async () => {
  await server?.close()
  await model?.dispose()
  rmSync(folder, { recursive: true })
})

const post = (path: string, body: BodyInit, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${server.url}${path}`, { method: 'POST', body, headers, signal })
const get = async (path: string) => (await fetch(`${server.url}${path}`)).json()
const IMAGE = { name: 'image', shape: [height, width, 3], datatype: 'UINT8' }

/** Begins a request whose body does not end; to be destroyed. */
function unfinished(path: string, id: string) {
  const headers = { 'content-length': '1000', 'x-request-id': id }
  const begun = request(`${server.url}${path}`, { method: 'POST', headers })
  begun.on('error', () => {})
  begun.write('some')
  return begun
}

describe('the Open Inference Protocol', () => {
  it('tells of the server and its models', async () => {
    expect(await get('/v2/health/live')).toEqual({ live: true })
    expect(await get('/v2/health/ready')).toEqual({ ready: true })
    expect(await get('/v2/models/thin/ready')).toEqual({ name: 'thin', ready: true })
    expect(await get('/v2')).toEqual({
      ...{ name: 'maskwright', version: '1.2.3', extensions: ['binary_tensor_data'] },
    })
    const { inputs, outputs } = await get('/v2/models/thin')
    expect(inputs).toEqual([{ name: 'image', datatype: 'UINT8', shape: [-1, -1, 3] }])
    expect(outputs).toContainEqual({ name: 'boxes', datatype: 'FP32', shape: [-1, 4] })
    // What tells of limits is the server's to read.
    expect(outputs.map(({ name }: { name: string }) => name).sort()).toEqual(
      Object.keys(exported)
        .filter((name) => name !== 'proposalFloor')
        .sort(),
    )
  })

  it('computes what the exported file does, from JSON', async () => {
    const answer = await post(
      '/v2/models/thin/infer',
      JSON.stringify({ id: 'first', inputs: [{ ...IMAGE, data: [...pixels] }] }),
    )
    const { id, model_name, outputs } = await answer.json()
    expect([answer.status, id, model_name]).toEqual([200, 'first', 'thin'])
    expect(exported.scores.shape[0]).toBeGreaterThan(0)
    for (const { name, shape, data } of outputs) {
      expect(shape, name).toEqual(exported[name].shape)
      const wanted = toNumbers(exported[name])
      expect(data.length, name).toBe(wanted.length)
      const furthest = Math.max(0, ...wanted.map((value, i) => Math.abs(value - data[i])))
      expect(furthest, name).toBeLessThan(1e-3)
    }
  })

  it('takes and gives tensors as bytes', async () => {
    const header = new TextEncoder().encode(
      JSON.stringify({
        inputs: [{ ...IMAGE, parameters: { binary_data_size: pixels.length } }],
        outputs: [{ name: 'labels' }, { name: 'boxes', parameters: { binary_data: true } }],
      }),
    )
    const answer = await post('/v2/models/thin/infer', new Blob([header, pixels]), {
      'inference-header-content-length': `${header.length}`,
    })
    expect(answer.status).toBe(200)
    const bytes = new Uint8Array(await answer.arrayBuffer())
    const length = Number(answer.headers.get('inference-header-content-length'))
    const { outputs } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, length)))
    expect(outputs[0].data).toEqual(toNumbers(exported.labels))
    expect(outputs[1].parameters.binary_data_size).toBe(bytes.length - length)
    const boxes = new Float32Array(bytes.slice(length).buffer)
    for (const [i, value] of toNumbers(exported.boxes).entries()) expect(boxes[i]).toBeCloseTo(value, 2)
  })

  it.each([
    ['no JSON', 'not JSON', 'the request is not JSON'],
    ['no input of the name', { inputs: [{ ...IMAGE, name: 'picture', data: [] }] }, 'picture'],
    ['another shape', { inputs: [{ ...IMAGE, shape: [2, 2, 4], data: [] }] }, 'another shape'],
    ['no pixels', { inputs: [{ ...IMAGE, shape: [0, 2, 3], data: [] }] }, 'the image is empty'],
    ['too few values', { inputs: [{ ...IMAGE, data: [1] }] }, 'another number of values'],
    ['a value of no byte', { inputs: [{ ...IMAGE, shape: [1, 1, 3], data: [1, 2, 256] }] }, 'data[2]'],
  ])('refuses %s', async (_, body, told) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await post('/v2/models/thin/infer', text)
    expect(answer.status).toBe(400)
    expect((await answer.json()).error).toContain(told)
  })

  it('knows no other models', async () => {
    expect((await post('/v2/models/thick/infer', '{}')).status).toBe(404)
    expect((await fetch(`${server.url}/v2/models/thick/ready`)).status).toBe(404)
  })
})

describe('POST /predict', () => {
  it('finds what the model finds without a server, in a body and in a form', async () => {
    await using detector = await loadDetector(nodePlatform, thinModelFile(), { device: 'cpu' })
    const found = await detector.detect(png, { score: 0.02, max: 3 })
    const { instances } = predictionJson('', found)
    expect(instances.length).toBeGreaterThan(0)
    const form = new FormData()
    form.append('image', new Blob([png]), 'cell.png')
    for (const [body, file] of [
      [png, 'image'],
      [form, 'cell.png'],
    ] as [BodyInit, string][]) {
      const answer = await post('/predict?score=0.02&max=3', body)
      const document = await answer.json()
      expect(document).toMatchObject({ model: 'thin', images: [{ file, width, height }] })
      const [image] = document.images
      expect(image.instances.map((one: { category: string }) => one.category)).toEqual(
        instances.map(({ category }) => category),
      )
      for (const [i, { score }] of instances.entries()) expect(image.instances[i].score).toBeCloseTo(score, 4)
    }
  })

  it('answers in every format', async () => {
    const of = (format: string) => post(`/predict?score=0.02&format=${format}`, png)
    const json = async (format: string) => (await of(format)).json()
    const results = await json('coco')
    expect(results[0]).toMatchObject({ image_id: 1, segmentation: { size: [height, width] } })
    expect(THIN_CATEGORIES.map(({ id }) => id)).toContain(results[0].category_id)
    expect((await json('geojson')).type).toBe('FeatureCollection')
    expect(await json('labelme')).toMatchObject({ imageWidth: width, imageHeight: height })
    for (const [format, magnify] of [
      ['labels', 1],
      ['png', 2],
    ] as const) {
      const answer = await of(format)
      expect(answer.headers.get('content-type')).toBe('image/png')
      const picture = await decodeImage(new Uint8Array(await answer.arrayBuffer()))
      expect([picture.width, picture.height]).toEqual([width * magnify, height * magnify])
    }
  })

  it.each([
    ['no image', '/predict', 'text', 400],
    ['nothing', '/predict', '', 400],
    ['an impossible score', '/predict?score=2', png, 400],
    ['a flag that does not exist', '/predict?scores=0.5', png, 400],
    ['another format', '/predict?format=tiff', png, 400],
    ['another model', '/predict?model=thick', png, 404],
    ['too many bytes', '/predict', new Uint8Array(100_001), 413],
    ['too many pixels', '/predict', large, 413],
    ['more instances than it gives', '/predict?max=4001', png, 400],
    ['a picture that decodes to too many bytes', '/predict', deep, 413],
  ])('refuses %s', async (_, path, body, status) => {
    const answer = await post(path, body as BodyInit)
    expect([answer.status, Object.keys(await answer.json())]).toEqual([status, ['error', 'request_id']])
  })
})

describe('the server', () => {
  it('refuses requests beyond its limit, and takes others once those have gone', async () => {
    const ids = ['held-1', 'held-2']
    const begun = ids.map((id) => unfinished('/predict', id))
    // A third beside them before both are there would take the place of one.
    await expect.poll(() => ids.every((id) => logged.includes(id)), PATIENT).toBe(true)
    const refused = await post('/predict', png)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect((await fetch(`${server.url}/v2/health/live`)).status).toBe(200)
    for (const one of begun) one.destroy()
    await expect.poll(async () => (await post('/predict', png)).status, PATIENT).toBe(200)
  })

  it('counts requests, and logs them with their ids', async () => {
    const answer = await post('/predict?score=3', png, { 'x-request-id': 'mine-1' })
    expect([answer.headers.get('x-request-id'), (await answer.json()).request_id]).toEqual([
      'mine-1',
      'mine-1',
    ])
    const odd = await post('/predict?score=3', png, { 'x-request-id': 'two words' })
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    const text = await (await fetch(`${server.url}/metrics`)).text()
    expect(text).toMatch(/^maskwright_requests_total\{route="\/predict",status="400"\} [1-9]/m)
    expect(text).toMatch(/^maskwright_request_duration_seconds_bucket\{route="\/predict",le="\+Inf"\} [1-9]/m)
    expect(text).toContain('maskwright_resident_bytes 12345\n')
    expect(text).toContain('maskwright_queue_running{model="thin"} 0\n')
    const lines = logged.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).reqId)).toContain('mine-1')
  })

  it('loses no request when a process is killed, and tells of it', async () => {
    const before = await (await post('/predict?score=0.02', png)).json()
    const [{ pid }] = model.current.processes()
    // It has the request, and does not come to answer it.
    process.kill(pid, 'SIGSTOP')
    const asked = post('/predict?score=0.02', png)
    await expect.poll(() => model.current.queue.running).toBe(1)
    process.kill(pid, 'SIGKILL')
    const answer = await asked
    const found = (document: typeof before) => document.images[0].instances
    expect(answer.status).toBe(200)
    expect(found(await answer.json())).toEqual(found(before))
    expect(model.current.processes().map((one) => one.pid)).not.toContain(pid)
    const text = await (await fetch(`${server.url}/metrics`)).text()
    expect(text).toContain('maskwright_worker_ends_total{model="thin"} 1\n')
    expect(text).toContain('maskwright_workers_ready{model="thin"} 1\n')
    expect(text).toMatch(/^maskwright_stage_duration_seconds_count\{model="thin",stage="compute"\} [1-9]/m)
    expect(logged).toContain('SIGKILL')
  })

  it('answers those who bring a token, and tells pages of its origins', async () => {
    const own = await openServer([model], {
      ...{ host: '127.0.0.1', port: 0, limits: LIMITS, version: '1', residentBytes: () => 0 },
      ...{
        log: { write: () => {} },
        access: { isToken: (text) => text === 'right', origins: ['https://a.example'] },
      },
    })
    try {
      const of = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
        fetch(`${own.url}${path}`, { method, headers })
      // A page has to be there before its token can be given.
      for (const open of ['/v2/health/ready', '/', '/docs', '/openapi.json'])
        expect((await of(open)).status, open).toBe(200)
      const none = await of('/metrics')
      expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
      const wrong = await of('/predict', { authorization: 'Bearer wrong' }, 'POST')
      expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer error="invalid_token"',
      ])
      expect((await wrong.json()).error).not.toContain('wrong')
      expect((await of('/nowhere')).status).toBe(401)
      expect((await of('/v2', { authorization: 'bearer right' })).status).toBe(200)
      const asks = {
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      }
      const allowed = (answer: Response) => answer.headers.get('access-control-allow-origin')
      const before = await of('/predict', { origin: 'https://a.example', ...asks }, 'OPTIONS')
      expect([before.status, allowed(before)]).toEqual([204, 'https://a.example'])
      expect(allowed(await of('/v2/health/live', { origin: 'https://b.example' }))).toBe(null)
    } finally {
      await own.close()
    }
  })

  it('answers 504 once the time for an answer is over, and forgets requests whose client went away', async () => {
    const own = await openServer([model], {
      ...{ host: '127.0.0.1', port: 0, limits: { ...LIMITS, seconds: 1 }, version: '1' },
      ...{ log: { write: () => {} }, residentBytes: () => 0 },
    })
    // The model's places are taken by work that ends when it is told to.
    let end = () => {}
    const held = new Promise<void>((resolve) => {
      end = resolve
    })
    const never = new AbortController().signal
    const all = [0, 1].map(() => model.current.queue.run(() => held, never))
    try {
      const late = await fetch(`${own.url}/predict`, { method: 'POST', body: png })
      expect([late.status, (await late.json()).error]).toEqual([504, expect.stringContaining('1 seconds')])
      const control = new AbortController()
      const { signal } = control
      const gone = post('/predict', png, {}, signal)
      await expect.poll(() => model.current.queue.waiting).toBe(1)
      control.abort()
      await expect(gone).rejects.toThrow()
      await expect.poll(() => model.current.queue.waiting).toBe(0)
      await expect.poll(() => logged).toContain('"statusCode":499')
      end()
      expect((await post('/predict', png)).status).toBe(200)
    } finally {
      end()
      await Promise.all(all)
      await own.close()
    }
  })

  it('answers what it has taken before it ends, and takes no more', async () => {
    // One says that it listens, one that the request has come.
    const lines: string[] = []
    const own = await openServer([model], {
      ...{ host: '127.0.0.1', port: 0, limits: LIMITS, version: '1' },
      ...{ log: { write: (line) => lines.push(line) }, residentBytes: () => 0 },
    })
    const headers = { 'content-length': `${png.length}` }
    const taken = request(`${own.url}/predict`, { method: 'POST', headers })
    const status = new Promise((resolve, reject) => {
      taken.on('response', (answer) => resolve(answer.resume().statusCode))
      taken.on('error', reject)
    })
    taken.write(png.subarray(0, 10))
    await expect.poll(() => lines).toHaveLength(2)
    const closed = own.close()
    taken.end(png.subarray(10))
    expect(await status).toBe(200)
    await closed
    await expect(fetch(`${own.url}/v2/health/live`)).rejects.toThrow('fetch failed')
  })
})

async function picture(data: Uint8Array, wide: number, high: number): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await encodePng({ data, width: wide, height: high }))
}
