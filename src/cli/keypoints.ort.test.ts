import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { command, folderOf } from '../../test/in-process.ts'
import { THIN_SKELETONS, thinKeypointModelFile } from '../../test/thin-model.ts'
import { encodePng } from '../node/decode-image.ts'

const [width, height] = [64, 48]

it('predicts keypoints, writes them, and measures them as what they are', async () => {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 251)
  const folder = folderOf({
    'model.safetensors': thinKeypointModelFile({ masks: true }),
    'photos/a.png': await encodePng({ data, width, height }),
  })
  const [model, photos, out] = ['model.safetensors', 'photos', 'out'].map((name) => join(folder, name))
  const formats = ['--format', 'coco,csv', '--score', '0.05', '--out', out]
  const { code, stdout, stderr } = await command('predict', photos, '--model', model, '--json', ...formats)
  expect(code).toBe(0)
  expect(stderr).toContain('keypoints are left out; --format coco has them')
  const [{ instances }] = JSON.parse(stdout).images
  expect(instances.length).toBeGreaterThan(0)
  for (const { keypoints, keypoint_scores, segmentation } of instances) {
    expect([keypoints.length, keypoint_scores.length, segmentation.size]).toEqual([9, 3, [height, width]])
  }

  // What the model found, taken for the truth: measured against it the model is without fault.
  const found = JSON.parse(readFileSync(join(out, 'predictions-coco.json'), 'utf8'))
  expect(found.categories).toEqual(THIN_SKELETONS)
  const evaluated = ['--annotations', join(out, 'predictions-coco.json'), '--iou', 'keypoints', '--json']
  const ofModel = await command('evaluate', '--model', model, '--images', photos, ...evaluated)
  expect(JSON.parse(ofModel.stdout).keypoints).toMatchObject({ AP: 1, AP75: 1 })
  expect(ofModel.stderr).toContain(
    'keypoints are compared with a sigma of 0.05 for each of 3; --sigmas sets others',
  )
  const results = join(out, 'predictions.json')
  const ofResults = await command('evaluate', '--results', results, '--sigmas', '0.02', ...evaluated)
  expect([JSON.parse(ofResults.stdout).keypoints.AP, ofResults.stderr]).toEqual([1, ''])

  const wrong = await command('evaluate', '--results', results, '--sigmas', '0.02,0', ...evaluated)
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('Expected numbers above 0')])
  const few = await command('evaluate', '--results', results, '--sigmas', '0.02,0.1', ...evaluated)
  expect(few.stderr).toContain(
    'keypoints do not fit the evaluation; expected 2 keypoints, one for each sigma, got 3',
  )
}, 240_000)

it('tells what a model does not measure, and keypoints that are not its own', async () => {
  const image = { id: 1, file_name: 'a.png', width, height }
  const labels = (categories: unknown) => JSON.stringify({ images: [image], annotations: [], categories })
  const [leaf] = THIN_SKELETONS
  const folder = folderOf({
    'model.safetensors': thinKeypointModelFile(),
    'a.png': await encodePng({ data: new Uint8Array(width * height * 3), width, height }),
    'own.json': labels(THIN_SKELETONS),
    'other.json': labels([{ ...leaf, keypoints: ['base', 'left_tip', 'right_tip'] }]),
  })
  const evaluate = (annotations: string, iou: string) =>
    command(
      ...['evaluate', '--model', join(folder, 'model.safetensors'), '--images', folder],
      ...['--annotations', join(folder, annotations), '--iou', iou],
    )
  const masks = await evaluate('own.json', 'segm')
  expect(masks.stderr).toContain(
    'model.safetensors: this model does not predict what segm measures; expected --iou of keypoints, bbox',
  )
  const others = await evaluate('other.json', 'keypoints')
  expect(others.stderr).toContain(
    'other.json: category leaf: keypoints are not those of the model; expected left_tip, right_tip, base, got base, left_tip, right_tip',
  )
}, 240_000)
