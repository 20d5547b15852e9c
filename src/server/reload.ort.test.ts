import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { thinModelFile } from '../../test/thin-model.ts'
import { encodePng } from '../node/decode-image.ts'
import { nodePlatform } from '../node/platform.ts'
import { isRunning } from '../node/temporary-files.ts'
import { loadDetector } from '../predict/detector.ts'
import { loadServedModel, type ServedModel } from './served-model.ts'
import { openServer, type RunningServer } from './server.ts'
import { SERVER_LIMITS } from './server-limits.ts'

const PATIENT = { timeout: 30_000, interval: 20 }
const folder = mkdtempSync(join(tmpdir(), 'maskwright-reload-'))
const place = join(folder, 'thin.safetensors')
const pixels = Uint8Array.from({ length: 72 * 64 * 3 }, (_, i) => (i * 7) % 251)
const png = Uint8Array.from(await encodePng({ data: pixels, width: 72, height: 64 }))
const FILES = {
  one: thinModelFile(),
  two: thinModelFile({
    categories: [
      { id: 1, name: 'bud' },
      { id: 2, name: 'root' },
    ],
    seed: 8,
  }),
}

let model: ServedModel
let server: RunningServer
let logged = ''

beforeAll(async () => {
  writeFileSync(place, FILES.one)
  const options = { device: 'cpu', workers: 1, threads: 1, imageLimits: SERVER_LIMITS } as const
  model = await loadServedModel(place, 'thin', { ...options, lookEvery: 20 })
  server = await openServer([model], {
    ...{ host: '127.0.0.1', port: 0, limits: SERVER_LIMITS, version: '1', residentBytes: () => 0 },
    log: {
      write: (line) => {
        logged += line
      },
    },
  })
})
afterAll(async () => {
  await server?.close()
  await model?.dispose()
  rmSync(folder, { recursive: true })
})

/** As a training puts it there. */
function replace(content: Uint8Array | string) {
  writeFileSync(`${place}.new`, content)
  renameSync(`${place}.new`, place)
}

const get = async (path: string) => (await fetch(`${server.url}${path}`)).json()
const told = (instances: readonly { category: string; score: number }[]) =>
  instances.map(({ category, score }) => `${category} ${score.toFixed(3)}`).join(', ')

const image = { name: 'image', datatype: 'UINT8', shape: [64, 72, 3], data: [...pixels] }
const infer = (version = '') =>
  fetch(`${server.url}/v2/models/thin${version}/infer`, {
    ...{ method: 'POST', body: JSON.stringify({ inputs: [image] }) },
  })

/** What a model finds without a server. */
async function foundBy(file: Uint8Array): Promise<string> {
  await using detector = await loadDetector(nodePlatform, file, { device: 'cpu' })
  const { instances } = await detector.detect(png, { score: 0.02 })
  return told(instances)
}

it('answers every request by one of the models while the file is replaced, once by what is none', async () => {
  const known = { [await foundBy(FILES.one)]: 'one', [await foundBy(FILES.two)]: 'two' }
  expect(Object.keys(known)).toHaveLength(2)
  const ask = async () => {
    const answer = await fetch(`${server.url}/predict?score=0.02`, { method: 'POST', body: png })
    const text = await answer.text()
    return answer.ok ? (known[told(JSON.parse(text).images[0].instances)] ?? text) : text
  }
  const version = async () => (await get('/v2/models/thin')).versions[0]

  // Under way when the other takes over.
  const [{ pid: first }] = model.current.processes()
  process.kill(first, 'SIGSTOP')
  const held = ask()
  const heldTensors = infer()
  await expect.poll(() => model.current.queue.running).toBe(2)
  replace(FILES.two)
  await expect.poll(version, PATIENT).toBe('2')
  expect(await ask()).toBe('two')
  expect(isRunning(first)).toBe(true)
  process.kill(first, 'SIGCONT')
  expect(await held).toBe('one')
  expect(await (await heldTensors).json()).toMatchObject({ model_version: '1' })

  const seen: string[] = []
  let isOver = false
  const client = async () => {
    while (!isOver) {
      seen.push(await ask())
      await delay(20)
    }
  }
  const clients = [client(), client()]
  const [{ pid: second }] = model.current.processes()
  try {
    replace('neither of them')
    await expect.poll(() => logged, PATIENT).toContain('cannot be taken')
    replace(FILES.one)
    await expect.poll(version, PATIENT).toBe('3')
    await expect.poll(() => seen, PATIENT).toContain('one')
  } finally {
    isOver = true
    await Promise.all(clients)
  }
  const change = seen.indexOf('one')
  expect(new Set(seen.slice(0, change))).toEqual(new Set(['two']))
  // The other client's may have begun before.
  expect(new Set(seen.slice(change + 2))).toEqual(new Set(seen.length > change + 2 ? ['one'] : []))
  await expect.poll(() => [first, second].filter(isRunning), PATIENT).toEqual([])
  const text = await (await fetch(`${server.url}/metrics`)).text()
  expect(text).toContain('maskwright_model_reloads_total{model="thin",outcome="taken"} 2\n')
  expect(text).toContain('maskwright_model_reloads_total{model="thin",outcome="refused"} 1\n')
  expect(text).toContain('maskwright_model_version{model="thin"} 3\n')
}, 90_000)

it('is asked for a version of a model, and has but the last', async () => {
  const { versions } = await get('/v2/models/thin')
  expect(await get(`/v2/models/thin/versions/${versions[0]}`)).toMatchObject({ name: 'thin', versions })
  expect(await get(`/v2/models/thin/versions/${versions[0]}/ready`)).toEqual({ name: 'thin', ready: true })
  expect(await (await infer(`/versions/${versions[0]}`)).json()).toMatchObject({ model_version: versions[0] })
  const other = await infer('/versions/77')
  expect([other.status, (await other.json()).error]).toEqual([
    404,
    `thin: there is no such version of the model; expected ${versions[0]}, got 77`,
  ])
})
