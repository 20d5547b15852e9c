import { availableParallelism } from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { threadsFlag } from '../cli/flags.ts'
import { encodeProbeModel } from '../onnx/probe-model.ts'
import { evaluateCocoFiles } from './coco-files.ts'
import { createSession } from './session.ts'
import { requireThreads, threadsOfEnvironment } from './threads.ts'

const refusal = `expected a whole number from 1 to ${Math.max(16, 4 * availableParallelism())} on this machine of ${availableParallelism()} core`

it('some threads are allowed everywhere', () => {
  for (const threads of [undefined, null, 1, 16, 4 * availableParallelism()]) requireThreads(threads)
})

it.each([100_000, 0, -1, 1.5, Number.NaN])(
  '%s threads are refused, by sessions, evaluation and flags',
  async (threads) => {
    await expect(createSession(encodeProbeModel(), { threads })).rejects.toThrow(refusal)
    const files = { annotations: 'none.json', results: 'none.json' }
    await expect(evaluateCocoFiles(files, { threads })).rejects.toThrow(refusal)
    expect(() => threadsFlag().parseArg?.(`${threads}`, undefined)).toThrow('whole number')
  },
)

it('a device that does not work here is told with one that does', async () => {
  await expect(createSession(encodeProbeModel(), { device: 'tpu' as 'cuda' })).rejects.toThrow(
    /^tpu: device does not exist on this platform; expected .*cpu.* or auto$/,
  )
})

it.skipIf(process.platform !== 'linux')('CUDA says what to install where it is missing', async ({ skip }) => {
  const error = await createSession(encodeProbeModel(), { device: 'cuda' }).catch((cause: Error) => cause)
  if (!(error instanceof Error)) return skip('CUDA works here')
  expect(error.message).toMatch(/onnxruntime-node.*Without it: --device cpu$/)
})

describe('MASKWRIGHT_THREADS', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('says how many threads compute where nothing else does', async () => {
    vi.stubEnv('MASKWRIGHT_THREADS', '0')
    await expect(createSession(encodeProbeModel())).rejects.toThrow('MASKWRIGHT_THREADS: option is wrong')
    await expect(createSession(encodeProbeModel(), { threads: 1 })).resolves.toBeDefined()
  })

  it.each([
    ['2', 2],
    ['', undefined],
  ])('%j is %s', (text, threads) => {
    vi.stubEnv('MASKWRIGHT_THREADS', text)
    expect(threadsOfEnvironment()).toBe(threads)
  })
})
