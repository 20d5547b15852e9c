/**
 * What every session must do, on every runtime: cases without a test framework, so that a browser page can run them
 * too. Graphs are so small that the expected numbers are worked by hand.
 */
import { SessionError } from '../src/errors.ts'
import { encodeModel } from '../src/onnx/encode.ts'
import type { NodeProto, ValueInfoProto } from '../src/onnx/messages.ts'
import { encodeProbeModel } from '../src/onnx/probe-model.ts'
import { encodeValueInfo } from '../src/onnx/tensor-proto.ts'
import { probeDevice } from '../src/runtime/device.ts'
import type { CreateSession, Session } from '../src/runtime/session.ts'
import { float32, int64, type Tensor, tensor, zeros } from '../src/tensor/tensor.ts'

export interface ContractCase {
  readonly name: string
  /** Rejects where the runtime breaks the contract. */
  check(create: CreateSession): Promise<void>
}

function model(node: NodeProto[], input: ValueInfoProto[], output: ValueInfoProto[]): Uint8Array {
  return encodeModel({
    irVersion: 8,
    graph: { name: 'contract', node, initializer: [], input, output, valueInfo: [] },
    metadataProps: [],
    opsetImport: [{ version: 17 }],
  })
}

function node(opType: string, input: string[], output: string): NodeProto {
  return { opType, name: output, input, output: [output], attribute: [] }
}

/** sum = a + b, product = a * b, for [N, 2]. */
const sumAndProduct = model(
  [node('Add', ['a', 'b'], 'sum'), node('Mul', ['a', 'b'], 'product')],
  [encodeValueInfo('a', 'float32', ['N', 2]), encodeValueInfo('b', 'float32', ['N', 2])],
  [encodeValueInfo('sum', 'float32', ['N', 2]), encodeValueInfo('product', 'float32', ['N', 2])],
)
const a = float32([1, 2, 3, 4], [2, 2])
const b = float32([10, 20, 30, 40], [2, 2])

export const sessionContract: readonly ContractCase[] = [
  sessionCase('describes its ports', sumAndProduct, async ({ inputs, outputs }) => {
    equal(inputs, [
      { name: 'a', dtype: 'float32', shape: ['N', 2] },
      { name: 'b', dtype: 'float32', shape: ['N', 2] },
    ])
    equal(
      outputs.map(({ name }) => name),
      ['sum', 'product'],
    )
  }),
  sessionCase('returns every output by name', sumAndProduct, async ({ run }) => {
    equal(await run({ a, b }), {
      sum: float32([11, 22, 33, 44], [2, 2]),
      product: float32([10, 40, 90, 160], [2, 2]),
    })
  }),
  sessionCase('returns only the outputs asked for', sumAndProduct, async ({ run }) => {
    equal(await run({ a, b }, { fetches: ['product'] }), { product: float32([10, 40, 90, 160], [2, 2]) })
    equal(await run({ a, b }, { fetches: [] }), {})
  }),
  sessionCase('keeps results when it runs again', sumAndProduct, async ({ run }) => {
    const first = await run({ a, b })
    await run({ a: b, b })
    equal(first.sum, float32([11, 22, 33, 44], [2, 2]))
  }),
  sessionCase('runs feeds that are views into a larger buffer', sumAndProduct, async ({ run }) => {
    const buffer = Float32Array.of(9, 9, 1, 2, 9)
    const { sum } = await run({
      a: tensor('float32', [1, 2], buffer.subarray(2, 4)),
      b: float32([1, 1], [1, 2]),
    })
    equal(sum, float32([2, 3], [1, 2]))
  }),
  sessionCase('writes into the tensors given for outputs', sumAndProduct, async ({ run }) => {
    const target = zeros('float32', [2, 2])
    const results = await run({ a, b }, { into: { sum: target } })
    equal(results.sum === target, true)
    equal([...target.data], [11, 22, 33, 44])
    equal([...results.product.data].map(Number), [10, 40, 90, 160])
    const again = await run({ a, b: a }, { into: { sum: results.sum }, fetches: ['sum'] })
    equal(again, { sum: float32([2, 4, 6, 8], [2, 2]) })
  }),
  sessionCase('takes and returns tensors without elements', sumAndProduct, async ({ run }) => {
    const none = zeros('float32', [0, 2])
    equal(await run({ a: none, b: none }), { sum: none, product: none })
  }),
  sessionCase('runs twice at the same time', sumAndProduct, async ({ run }) => {
    const [first, second] = await Promise.all([run({ a, b }), run({ a: b, b })])
    equal([first.sum.data[0], second.sum.data[0]], [11, 20])
  }),
  sessionCase('refuses feeds that do not fit, naming them', sumAndProduct, async ({ run }) => {
    await fails(run({ a }), /^b: input is not fed; expected float32 \[N, 2\]$/)
    await fails(run({ a, b, c: a }), /^c: the graph has no such input; expected a, b$/)
    await fails(run({ a: int64([1, 2], [1, 2]), b }), /^a: .*expected float32 \[N, 2\], got int64 \[1, 2\]$/)
    await fails(run({ a: float32([1, 2]), b }), /^a: .*expected float32 \[N, 2\], got float32 \[2\]$/)
    await fails(run({ a: zeros('float32', [1, 3]), b }), /^a: .*got float32 \[1, 3\]$/)
    await fails(
      run({ a, b: zeros('float32', [3, 2]) }),
      /^b: dim N is not the size it has in a; expected 2, got 3$/,
    )
  }),
  sessionCase('refuses fetches that do not fit, naming them', sumAndProduct, async ({ run }) => {
    await fails(
      run({ a, b }, { fetches: ['difference'] }),
      /^difference: the graph has no such output; expected sum/,
    )
    await fails(run({ a, b }, { into: { sum: zeros('int32', [2, 2]) } }), /^sum: .*got int32 \[2, 2\]/)
    await fails(run({ a, b }, { into: { sum: zeros('float32', [3, 2]) } }), /sum/)
    await fails(
      run({ a, b }, { fetches: ['sum'], into: { product: zeros('float32', [2, 2]) } }),
      /^product: /,
    )
    equal((await run({ a, b }, { fetches: ['sum'] })).sum, float32([11, 22, 33, 44], [2, 2]))
  }),
  sessionCase('does not start after an abort', sumAndProduct, async ({ run }) => {
    const reason = new Error('stopped')
    const caught = await run({ a, b }, { signal: AbortSignal.abort(reason) }).catch((error) => error)
    equal(caught === reason, true)
  }),
  {
    name: 'carries every dtype through',
    check: async (create) => {
      const samples: Tensor[] = [
        float32([1.5, -0]),
        tensor('float64', [2], Float64Array.of(Math.PI, -1e300)),
        tensor('float16', [2], Uint16Array.of(0x3c01, 0xfc00)),
        int64([2 ** 40 + 1, -1]),
        tensor('int32', [2], Int32Array.of(-(2 ** 31), 7)),
        tensor('uint8', [2], Uint8Array.of(0, 255)),
        tensor('int8', [2], Int8Array.of(-128, 127)),
        tensor('bool', [2], Uint8Array.of(1, 0)),
        tensor('float32', [], Float32Array.of(3)),
      ]
      for (const sample of samples) {
        const { dtype, shape } = sample
        const bytes = model(
          [node('Identity', ['x'], 'y')],
          [encodeValueInfo('x', dtype, shape)],
          [encodeValueInfo('y', dtype, shape)],
        )
        await using(create, bytes, async ({ run }) => equal((await run({ x: sample })).y, sample))
      }
    },
  },
  {
    name: 'reports what the runtime refuses in one line',
    check: async (create) => {
      await fails(create(Uint8Array.of(1, 2, 3, 4)), /^cannot load the model on cpu: [^\n]+$/)
      const product = model(
        [node('MatMul', ['a', 'b'], 'product')],
        [encodeValueInfo('a', 'float32', ['N', 'K']), encodeValueInfo('b', 'float32', ['L', 'M'])],
        [encodeValueInfo('product', 'float32', ['N', 'M'])],
      )
      await using(create, product, ({ run }) =>
        fails(
          run({ a, b: zeros('float32', [3, 1]) }),
          /^MatMul node product: cannot run the graph: [^\n/]+$/,
        ),
      )
    },
  },
  {
    name: 'cannot be used once disposed, and waits for runs under way',
    check: async (create) => {
      const session = await create(sumAndProduct)
      const under = session.run({ a, b })
      await session.dispose()
      await session.dispose()
      equal((await under).sum.data[0], 11)
      await fails(session.run({ a, b }), /^session is disposed$/)
    },
  },
  {
    name: 'runs with every optimisation level, one thread, and the automatic device',
    check: async (create) => {
      for (const optimize of ['all', 'basic', 'none'] as const) {
        const session = await create(sumAndProduct, { optimize, threads: 1, device: 'auto' })
        equal((await session.run({ a, b })).sum, float32([11, 22, 33, 44], [2, 2]))
        await session.dispose()
      }
    },
  },
  {
    name: 'passes the device probe, and says why a device that is not there fails it',
    check: async (create) => {
      equal(await probeDevice(create, 'cpu', encodeProbeModel()), { device: 'cpu', ok: true })
      const absent = 'process' in globalThis && process.platform === 'darwin' ? 'dml' : 'coreml'
      const { ok, reason } = await probeDevice(create, absent, encodeProbeModel())
      equal([ok, reason?.startsWith(`${absent}: device does not exist on this platform`)], [false, true])
    },
  },
]

function sessionCase(
  name: string,
  bytes: Uint8Array,
  body: (session: Session) => Promise<void>,
): ContractCase {
  return { name, check: (create) => using(create, bytes, body) }
}

async function using(
  create: CreateSession,
  bytes: Uint8Array,
  body: (session: Session) => Promise<void>,
): Promise<void> {
  const session = await create(bytes)
  try {
    await body(session)
  } finally {
    await session.dispose()
  }
}

function equal(got: unknown, expected: unknown): void {
  if (describe(got) !== describe(expected)) {
    throw new Error(`expected ${describe(expected)}, got ${describe(got)}`)
  }
}

/** JSON in which typed arrays show their class, and negative zero and bigints are kept. */
function describe(value: unknown): string {
  return JSON.stringify(value, (_, item) => {
    if (ArrayBuffer.isView(item)) {
      return `${item.constructor.name}(${Array.from(item as Uint8Array, (x) => (Object.is(x, -0) ? '-0' : `${x}`))})`
    }
    return item
  })
}

async function fails(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  )
  if (!(error instanceof SessionError)) throw new Error(`expected a SessionError, got ${error}`)
  if (!message.test(error.message)) throw new Error(`expected ${message}, got ${error.message}`)
}
