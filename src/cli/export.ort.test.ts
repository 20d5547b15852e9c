import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { command, folderOf } from '../../test/in-process.ts'
import { thinKeypointModelFile, thinModelFile } from '../../test/thin-model.ts'
import { encodePng } from '../node/decode-image.ts'

const [width, height] = [64, 48]

async function folderWithImage() {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 251)
  const folder = folderOf({
    'model.safetensors': thinModelFile(),
    'keypoints.safetensors': thinKeypointModelFile({ masks: true }),
    'photos/a.png': await encodePng({ data, width, height }),
  })
  return { folder, at: (name: string) => join(folder, name) }
}

it.each([
  ['model', []],
  ['model', ['--paste']],
  ['keypoints', ['--opset', '18']],
] as const)(
  'writes a file that our own commands take as the model: %s %j',
  async (name, flags) => {
    const { at } = await folderWithImage()
    const [model, exported] = [at(`${name}.safetensors`), at('m.onnx')]
    const written = await command('export', '--model', model, '--out', exported, ...flags)
    expect(written).toMatchObject({ code: 0, stderr: '' })
    expect(written.stdout).toMatch(
      /m\.onnx: .+-rcnn, . categor.+, \d\.\d MB, opset 1[78], fp32, \d+ nodes: image -> boxes/,
    )

    const predicted = async (place: string, out: string) => {
      const flags = ['--json', '--score', '0.05', '--format', 'coco', '--no-overlay']
      const { stdout } = await command('predict', at('photos'), '--model', place, ...flags, '--out', at(out))
      return JSON.parse(stdout).images[0].instances
    }
    const [own, theirs] = [await predicted(model, 'own'), await predicted(exported, 'theirs')]
    expect(own.length).toBeGreaterThan(0)
    expect(theirs).toHaveLength(own.length)
    for (const [i, { score, bbox, segmentation, keypoints = [] }] of theirs.entries()) {
      expect(Math.abs(score - own[i].score)).toBeLessThan(1e-5)
      for (const [k, value] of bbox.entries()) expect(Math.abs(value - own[i].bbox[k])).toBeLessThan(1e-4)
      for (const [k, value] of keypoints.entries())
        expect(Math.abs(value - own[i].keypoints[k])).toBeLessThan(1e-4)
      expect(segmentation).toEqual(own[i].segmentation)
    }

    const truth = at(join('own', 'predictions-coco.json'))
    const figures = async (place: string) =>
      JSON.parse(
        (
          await command(
            'evaluate',
            '--model',
            place,
            '--images',
            at('photos'),
            '--annotations',
            truth,
            '--json',
          )
        ).stdout,
      )
    const ofExported = await figures(exported)
    expect(ofExported.bbox.AP).toBe((await figures(model)).bbox.AP)
    expect(ofExported.bbox.AP).toBeGreaterThan(0.9)
  },
  240_000,
)

it('says as JSON what was written', async () => {
  const { at } = await folderWithImage()
  const flags = ['--out', at('m.onnx'), '--precision', 'fp16', '--native-roi-align', '--json']
  const { stdout } = await command('export', '--model', at('model.safetensors'), ...flags)
  expect(JSON.parse(stdout)).toMatchObject({
    file: at('m.onnx'),
    bytes: readFileSync(at('m.onnx')).length,
    model: 'mask-rcnn',
    licence: 'MIT',
    precision: 'fp16',
    opset: 17,
    roiAlign: 'native',
    inputs: [{ name: 'image', dtype: 'uint8', shape: ['height', 'width', 3] }],
    outputs: expect.arrayContaining([
      { name: 'boxes', dtype: 'float32', shape: ['detections', 4] },
      { name: 'labels', dtype: 'int64', shape: ['detections'] },
    ]),
  })
})

it('writes a folder that Triton takes as a model', async () => {
  const { at } = await folderWithImage()
  const target = ['--triton', at('repository/leaves'), '--paste']
  const { code, stdout } = await command('export', '--model', at('model.safetensors'), ...target)
  expect([code, stdout]).toEqual([0, expect.stringContaining(join('leaves', '1', 'model.onnx: mask-rcnn'))])
  const lines = readFileSync(at('repository/leaves/config.pbtxt'), 'utf8').split('\n')
  expect(lines.filter((line) => !line.startsWith('#'))).toEqual([
    'name: "leaves"',
    'backend: "onnxruntime"',
    'max_batch_size: 0',
    'input [',
    '  { name: "image", data_type: TYPE_UINT8, dims: [ -1, -1, 3 ] }',
    ']',
    'output [',
    '  { name: "boxes", data_type: TYPE_FP32, dims: [ -1, 4 ] },',
    '  { name: "scores", data_type: TYPE_FP32, dims: [ -1 ] },',
    '  { name: "labels", data_type: TYPE_INT64, dims: [ -1 ] },',
    '  { name: "proposalFloor", data_type: TYPE_FP32, dims: [ 1 ] },',
    '  { name: "masks", data_type: TYPE_BOOL, dims: [ -1, -1, -1 ] }',
    ']',
    'instance_group [ { count: 1, kind: KIND_AUTO } ]',
    '',
  ])
  const predicted = [
    '--model',
    at('repository/leaves/1/model.onnx'),
    '--json',
    '--no-overlay',
    '--out',
    at('out'),
  ]
  expect((await command('predict', at('photos'), ...predicted)).code).toBe(0)
  const both = await command('export', '--model', at('model.safetensors'), '--out', at('m.onnx'), ...target)
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('either --out or --triton is needed')])
})

it('refuses in one line, and leaves no file and the old one as it was', async () => {
  const { folder, at } = await folderWithImage()
  const model = at('model.safetensors')
  const failing = async (...flags: string[]) => {
    const { code, stdout, stderr } = await command('export', ...flags)
    expect([code === 0, stdout, stderr.trim().split('\n').length]).toEqual([false, '', 1])
    return stderr
  }
  expect(await failing('--model', model, '--out', at('m.pt'))).toContain('--out must end in .onnx')
  expect(await failing('--model', model, '--out', at('gone/m.onnx'))).toContain('gone does not exist')
  writeFileSync(at('m.onnx'), 'old')
  expect(await failing('--model', model, '--out', at('m.onnx'), '--raw', '--paste')).toContain(
    'paste: a graph',
  )
  expect(await failing('--model', model, '--out', at('m.onnx'), '--opset', '12')).toContain(
    'expected 16 to 21',
  )
  expect(readFileSync(at('m.onnx'), 'utf8')).toBe('old')
  expect(readdirSync(folder).sort()).toEqual([
    'keypoints.safetensors',
    'm.onnx',
    'model.safetensors',
    'photos',
  ])
})

it('tells why an exported file is not what a command needs', async () => {
  const { at } = await folderWithImage()
  const model = at('model.safetensors')
  await command('export', '--model', model, '--out', at('raw.onnx'), '--raw')
  await command('export', '--model', model, '--out', at('two.onnx'), '--batch', '2')
  await command('export', '--model', model, '--out', at('m.onnx'))
  const said = async (...argv: string[]) => (await command(...argv)).stderr
  const predict = (name: string, ...flags: string[]) =>
    said('predict', at('photos'), '--model', at(name), '--out', at('out'), ...flags)
  expect(await predict('raw.onnx')).toContain('raw.onnx: the file was exported with --raw')
  expect(await predict('two.onnx')).toContain('two.onnx: the file was exported with --batch')
  expect(await predict('m.onnx', '--max', '50')).toContain(
    'max: an exported file has no room for more instances',
  )
  expect(await predict('m.onnx', '--max', '3')).toContain('the best 3 kept')
  expect(await said('export', '--model', at('m.onnx'), '--out', at('n.onnx'))).toContain(
    'an ONNX file runs as it is, and has no weights to build a model from',
  )
})

it('writes eight bits calibrated on a folder, and tells what they cost and what stays in float32', async () => {
  const { at } = await folderWithImage()
  const [model, exported] = [at('model.safetensors'), at('eight.onnx')]
  const flags = ['--precision', 'int8', '--calibrate', at('photos')]
  const written = await command('export', '--model', model, '--out', exported, ...flags, '--json')
  expect(written).toMatchObject({ code: 0, stderr: '' })
  const { precision, quantization, cost } = JSON.parse(written.stdout)
  expect([precision, quantization.method, quantization.images]).toEqual(['int8', 'percentile', 1])
  expect(quantization.layers).toContain('backbone.body.layer1.0.conv1')
  expect(quantization.float).toMatchObject({ 'rpn.head.bbox_pred': 'last' })
  expect(cost.agreement.images).toBe(1)
  const predicted = await command('predict', at('photos'), '--model', exported, '--no-overlay', '--json')
  expect(predicted.code).toBe(0)

  const refused = [
    ['--precision', 'int8'],
    ['--calibrate', at('photos')],
    ['--calibration', 'entropy'],
    ['--precision', 'int8', '--calibrate', at('photos'), '--raw'],
    ['--precision', 'int8', '--calibrate', at('nowhere')],
  ]
  for (const wrong of refused) {
    const { code, stderr } = await command('export', '--model', model, '--out', exported, ...wrong)
    expect(code).toBeGreaterThan(0)
    expect(stderr).toMatch(/go together|is for --precision int8|takes no pictures|does not exist/)
  }
})
