import { expect, it } from 'vitest'
import { SessionError } from '../errors.ts'
import { type OrtPlatform, openSession } from './ort-session.ts'

it('lets go of a model whose inputs it does not support', async () => {
  const calls: string[] = []
  const inference = {
    inputMetadata: [{ name: 'words', type: 'string', shape: [1] }],
    outputMetadata: [],
    run: async () => ({}),
    release: async () => void calls.push('release'),
  }
  const platform: OrtPlatform = {
    library: {
      Tensor: class {
        readonly type = 'float32'
        readonly dims = []
        readonly data = new Float32Array()
      },
      InferenceSession: { create: async () => inference },
    },
    providers: { cpu: 'cpu' },
    writesInto: false,
    profiler: { options: {}, end: async () => [], discard: async () => void calls.push('discard') },
  }
  const opened = openSession(platform, new Uint8Array(), 'cpu', {})
  await expect(opened).rejects.toThrow(SessionError)
  await expect(opened).rejects.toThrow(/^words: graph has an input or output of a type that is not supported/)
  expect(calls).toEqual(['release', 'discard'])
})

it.each([
  ['cpu', {}, undefined],
  ['cpu', { searchMemory: true }, undefined],
  ['cpu', { searchMemory: false }, 'parallel'],
  ['cpu', { searchMemory: false, planMemory: true }, undefined],
  ['cuda', { searchMemory: false }, undefined],
] as const)('asks for no search for memory only where that may be: %s, %o', async (device, options, mode) => {
  let asked: unknown
  const library = {
    InferenceSession: {
      create: async (_: Uint8Array, { executionMode }: Record<string, unknown>) => {
        asked = executionMode
        return { inputMetadata: [], outputMetadata: [], run: async () => ({}), release: async () => {} }
      },
    },
  } as unknown as OrtPlatform['library']
  const providers = { cpu: 'cpu', cuda: 'cuda' }
  await openSession({ library, providers, writesInto: false }, new Uint8Array(), device, options)
  expect(asked).toBe(mode)
})
