import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { graph } from '../src/graph/graph.ts'
import { toOnnx } from '../src/graph/to-onnx.ts'
import { constant, input, type Value } from '../src/graph/value.ts'
import { createSession, probeDevices } from '../src/node/session.ts'
import { encodeModel } from '../src/onnx/encode.ts'
import { encodeProbeModel } from '../src/onnx/probe-model.ts'
import { conv } from '../src/ops/conv.ts'
import { reduceMean } from '../src/ops/reduce.ts'
import { formatProfile, parseProfile } from '../src/runtime/profile.ts'
import { float32, zeros } from '../src/tensor/tensor.ts'
import { sessionContract } from './session-contract.ts'

describe('the session of onnxruntime-node', () => {
  it.each(sessionContract)('$name', ({ check }) => check(createSession))

  // Each costs a thread: those that a thread could break.
  const THREADED =
    /^(returns every|keeps results|writes into|runs twice|does not start|reports what|cannot be used)/
  it.each(sessionContract.filter(({ name }) => THREADED.test(name)))(
    'in a thread of its own: $name',
    ({ check }) => check((model, options) => createSession(model, { ...options, worker: true })),
  )

  it('leaves the event loop free in a thread of its own', async () => {
    // Some hundred milliseconds of convolutions.
    const x = input('x', 'float32', [1, 64, 256, 256])
    const weight = constant(zeros('float32', [64, 64, 3, 3]))
    let y: Value<'float32'> = x
    for (let i = 0; i < 8; i++) y = conv(y, weight, undefined, { padding: 1 })
    const model = encodeModel(toOnnx(graph({ y: reduceMean(y) }, [x])))
    const turnsDuringRun = async (worker: boolean) => {
      const session = await createSession(model, { worker, threads: 1 })
      let turns = 0
      let isOver = false
      const turn = () => {
        turns++
        if (!isOver) setImmediate(turn)
      }
      const run = session.run({ x: zeros('float32', [1, 64, 256, 256]) })
      setImmediate(turn)
      await run
      isOver = true
      await session.dispose()
      return turns
    }
    expect(await turnsDuringRun(false)).toBeLessThan(5)
    expect(await turnsDuringRun(true)).toBeGreaterThan(50)
  })

  it('prints nothing when a graph fails', () => {
    const script = `
      import { createSession } from './src/node/session.ts'
      await createSession(Uint8Array.of(1, 2, 3)).catch((error) => console.log(error.message))
    `
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module'], {
      input: script,
      encoding: 'utf8',
    })
    expect(stdout).toMatch(/^cannot load the model on cpu: .*\n$/)
    expect(stderr).toBe('')
  })

  it('counts the nodes that ran and leaves no files behind', async () => {
    const folders = () =>
      readdirSync(tmpdir())
        .filter((name) => name.startsWith('maskwright-profile-'))
        .sort()
    const before = folders()
    const session = await createSession(encodeProbeModel(), { profile: true, optimize: 'none' })
    const x = float32([1, 2, 3, 4], [1, 1, 2, 2])
    await session.run({ x })
    await session.run({ x })
    const profile = await session.profile!()
    expect(profile.map(({ op, count }) => `${op} ${count}`).sort()).toEqual(['Conv 2', 'Relu 2'])
    expect(profile.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
    expect(await session.profile!()).toEqual(profile)
    await session.dispose()
    expect(folders()).toEqual(before)
  })

  it('probes every device of the build', async () => {
    const probes = await probeDevices()
    expect(probes[0]).toEqual({ device: 'cpu', ok: true })
    for (const { ok, reason } of probes)
      expect(ok || (reason !== undefined && !reason.includes('\n'))).toBe(true)
  })
})

describe('profiles', () => {
  const event = (op: string, dur: number, name: string, shape = [1]) => ({
    cat: 'Node',
    name,
    dur,
    args: {
      op_name: op,
      input_type_shape: [{ float: shape }, { int64: [] }],
      output_type_shape: [{ float: shape }],
    },
  })

  it('are summed by op, longest first', () => {
    const events = [
      event('Relu', 500, 'Relu_kernel_time'),
      event('Conv', 2000, 'Conv_kernel_time'),
      event('Conv', 1500, 'Conv_kernel_time'),
      event('Conv', 9, 'x_fence_before'),
      { cat: 'Session', name: 'model_run', dur: 9, args: {} },
    ]
    const profile = parseProfile(JSON.stringify(events))
    expect(profile).toMatchObject([
      { op: 'Conv', count: 2, milliseconds: 3.5, share: 0.875 },
      { op: 'Relu', count: 1, milliseconds: 0.5, share: 0.125 },
    ])
    expect(formatProfile(profile)).toBe(
      ['op    count    ms  share', 'Conv      2  3.50  87.5%', 'Relu      1  0.50  12.5%'].join('\n'),
    )
  })

  it('know nodes by their modules and shapes; what the runtime adds belongs to what ran before', () => {
    const events = [
      event('Conv', 3000, 'a.b/Conv_kernel_time', [2, 3]),
      event('Conv', 1000, 'a.b/Conv_kernel_time', [4, 3]),
      event('Conv', 2000, 'a.b/Conv_kernel_time', [2, 3]),
      event('ReorderOutput', 10, 'ReorderOutput_token_7_kernel_time'),
      event('FusedGemm', 20, 'fused c.d/Gemm_2_kernel_time'),
    ]
    const [conv, gemm, reorder] = parseProfile(JSON.stringify(events))
    const node = { name: 'a.b/Conv', module: 'a.b' }
    expect(conv.nodes).toEqual([
      { ...node, count: 2, milliseconds: 5, inputs: [[2, 3], []], outputs: [[2, 3]] },
      { ...node, count: 1, milliseconds: 1, inputs: [[4, 3], []], outputs: [[4, 3]] },
    ])
    expect(gemm.nodes.map(({ module }) => module)).toEqual(['c.d'])
    expect(reorder.nodes.map(({ module }) => module)).toEqual(['a.b'])
  })

  it('that are none are refused', () => {
    expect(() => parseProfile('{"a": 1}')).toThrow(/^not a profile of ONNX Runtime$/)
  })
})
