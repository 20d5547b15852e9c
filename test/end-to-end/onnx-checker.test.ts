import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { toOnnx } from '../../src/graph/to-onnx.ts'
import { buildModel } from '../../src/models/catalogue.ts'
import { exportModel } from '../../src/models/exported-model.ts'
import { inferenceModel } from '../../src/models/inference-graph.ts'
import type { MaskRcnnConfig } from '../../src/models/mask-rcnn.ts'
import { decodeModelFile } from '../../src/models/model-file.ts'
import { BATCH_NORM } from '../../src/nn/norm.ts'
import { createSession } from '../../src/node/session.ts'
import { decodeModel } from '../../src/onnx/decode.ts'
import { encodeModel } from '../../src/onnx/encode.ts'
import { encodeValueInfo } from '../../src/onnx/tensor-proto.ts'
import { adamw } from '../../src/optim/adamw.ts'
import { trainGraph } from '../../src/train/train-graph.ts'
import { thinModelFile } from '../thin-model.ts'

/** Debian's Python, where `apt-get install python3-onnx` puts the reference package. */
const PYTHON = '/usr/bin/python3'
/** Reads a model from stdin, runs the full check (types and shapes of every node, strictly), prints what it holds. */
const CHECK = `
import sys, onnx
model = onnx.load_from_string(sys.stdin.buffer.read())
onnx.checker.check_model(model, full_check=True)
inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
typed = {value.name for value in [*inferred.graph.value_info, *inferred.graph.output]}
untyped = [name for node in model.graph.node for name in node.output if name and name not in typed]
assert not untyped, f'no type for {untyped}'
print(len(model.graph.node))
`

const probe = spawnSync(PYTHON, ['-c', 'import onnx'])
const whyNot = probe.error?.message ?? (probe.status === 0 ? '' : 'python3-onnx is not installed')

describe.skipIf(whyNot)(`ONNX's own checker${whyNot && ` (skipped: ${whyNot})`}`, () => {
  const { metadata, weights } = decodeModelFile(thinModelFile())
  const { architecture } = metadata

  it.each(['gather', 'native'] as const)('accepts an inference graph, RoIAlign as %s', (roiAlign) => {
    expect(
      nodesOf(inferenceModel(buildModel(architecture), weights, { target: { roiAlign } })),
    ).toBeGreaterThan(100)
  })

  it.each([
    {},
    { opset: 21, paste: true },
    { precision: 'fp16', roiAlign: 'native' },
    { raw: true, batch: 2 },
  ] as const)('accepts an exported file: %j', async (options) => {
    const { bytes, nodes } = await exportModel({ metadata, weights }, createSession, options)
    expect(nodesOf(bytes)).toBe(nodes)
  })

  it('accepts soft suppression, which is a loop', () => {
    const suppression = { kind: 'gaussian', sigma: 0.5, minScore: 0.001 } as const
    const { box, ...rest } = architecture as MaskRcnnConfig
    const soft = { ...rest, box: { ...box, suppression } }
    expect(nodesOf(inferenceModel(buildModel(soft), weights))).toBeGreaterThan(100)
  })

  it.each([
    ['of any size', undefined],
    ['of one size', { height: 64, width: 96 }],
  ])('accepts a training graph for batches %s', (_, size) => {
    const learning = { ...architecture, backbone: { ...architecture.backbone, norm: BATCH_NORM } }
    const options = {
      batchSize: 2,
      optimizer: adamw({ weightDecay: 0.05 }),
      clipNorm: 1,
      emaDecay: 0.9,
      size,
    }
    const step = trainGraph(buildModel(learning), options)
    expect(nodesOf(encodeModel(toOnnx(step.graph)))).toBeGreaterThan(1000)
  })

  it('refuses a graph whose scores claim another type', () => {
    const model = decodeModel(
      inferenceModel(buildModel(architecture), weights, { target: { roiAlign: 'native' } }),
    )
    const output = model.graph.output.map((port) =>
      port.name === 'scores' ? encodeValueInfo('scores', 'int64', ['D']) : port,
    )
    const { status, stderr } = check(encodeModel({ ...model, graph: { ...model.graph, output } }))
    expect(status).not.toBe(0)
    expect(stderr).toMatch(/scores|type/i)
  })
})

function check(model: Uint8Array) {
  return spawnSync(PYTHON, ['-c', CHECK], { input: model, encoding: 'utf8' })
}

/** Number of nodes of a model that passes. */
function nodesOf(model: Uint8Array): number {
  const { status, stdout, stderr } = check(model)
  expect([status, stderr]).toEqual([0, ''])
  return Number(stdout)
}
