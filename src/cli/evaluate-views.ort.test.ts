import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { writeSyntheticImages } from '../../test/end-to-end/synthetic-data.ts'
import { command, folderOf } from '../../test/in-process.ts'
import {
  THIN_CATEGORIES,
  THIN_SKELETONS,
  thinKeypointModelFile,
  thinModelFile,
} from '../../test/thin-model.ts'

/** What `predict` finds with these flags, taken for the truth of three images (5 objects at most in a view). */
async function foundBy(...flags: string[]) {
  const folder = folderOf({ 'thin.safetensors': thinModelFile() })
  const { images } = await writeSyntheticImages(`${folder}/images`, 3, 2)
  const of = ['--model', `${folder}/thin.safetensors`]
  const wanted = ['--score', '0.01', '--no-overlay', '--out', `${folder}/out`, '--json']
  const { code, stdout, stderr } = await command('predict', `${folder}/images`, ...of, ...wanted, ...flags)
  expect(code, stderr).toBe(0)
  const predicted: { instances: object[]; notes: string[] }[] = JSON.parse(stdout).images
  const annotations = predicted
    .flatMap(({ instances }, i) =>
      instances.map((entry) => ({ ...entry, image_id: images[i].id, iscrowd: 0 })),
    )
    .map((entry, i) => ({ ...entry, id: i + 1 }))
  const truth = `${folder}/truth.json`
  writeFileSync(truth, JSON.stringify({ images, annotations, categories: THIN_CATEGORIES }))
  const evaluate = (...more: string[]) =>
    command('evaluate', ...of, '--images', `${folder}/images`, '--annotations', truth, '--json', ...more)
  return { predicted, evaluate }
}

describe('evaluate', { timeout: 120_000 }, () => {
  it('has --max of predict: room for more than the limit of the model', async () => {
    const { predicted, evaluate } = await foundBy('--max', '40')
    const found = predicted.map(({ instances }) => instances.length)
    expect(Math.min(...found)).toBeGreaterThan(5)
    const few = await evaluate()
    expect(few.stderr).toContain("the model's limit of 5 instances was reached")
    expect(JSON.parse(few.stdout).bbox.AR100).toBeLessThan(0.9)
    const all = await evaluate('--max', '40')
    expect(all.stderr).not.toContain('limit of 5 instances')
    expect(JSON.parse(all.stdout)).toMatchObject({ bbox: { AR100: 1 } })
    // Fewer than the model gives: the best two of an image.
    const two = await evaluate('--max', '2')
    expect(two.stderr).toContain('and the best 2 kept as asked for (max)')
  })

  it('looks at images in tiles, as predict does', async () => {
    const { predicted, evaluate } = await foundBy('--tile', '48', '--overlap', '16')
    // Of 64x72, 56x80 and 56x72 pixels: two by two tiles of 48 that share at least 16.
    for (const { notes } of predicted) expect(notes).toContainEqual(expect.stringMatching(/4 tiles of 48x48/))
    const tiled = await evaluate('--tile', '48', '--overlap', '16')
    expect(tiled.stderr).toMatch(/4 tiles of 48x48/)
    expect(JSON.parse(tiled.stdout)).toMatchObject({ bbox: { AP: 1 }, segm: { AP: 1 } })
    const whole = await evaluate('--tile', 'off')
    expect(whole.stderr).not.toContain('tiles of')
    expect(JSON.parse(whole.stdout).segm.AP).toBeLessThan(0.9)
  })

  it('refuses sigmas that are not those of the keypoints, before it looks at an image, and those of nothing', async () => {
    const folder = folderOf({ 'points.safetensors': thinKeypointModelFile() })
    const { images } = await writeSyntheticImages(`${folder}/images`, 1, 2)
    const object = { id: 1, image_id: images[0].id, category_id: 4, bbox: [1, 1, 8, 8], area: 64, iscrowd: 0 }
    const annotations = [{ ...object, keypoints: [2, 2, 2, 5, 5, 2, 0, 0, 0] }]
    const truth = `${folder}/truth.json`
    writeFileSync(truth, JSON.stringify({ images, annotations, categories: THIN_SKELETONS }))
    const given = ['--images', `${folder}/images`, '--annotations', truth, '--sigmas', '0.1,0.2']
    const { code, stderr } = await command('evaluate', '--model', `${folder}/points.safetensors`, ...given)
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /--sigmas: sigmas are not those of the keypoints; expected .* or 3: .*, got 2\n$/,
      ),
    ])
    expect(stderr).not.toContain('1/1')
    const boxes = await command(
      'evaluate',
      '--model',
      `${folder}/points.safetensors`,
      ...given,
      '--iou',
      'bbox',
    )
    expect([boxes.code, boxes.stderr]).toEqual([
      1,
      expect.stringContaining('--sigmas: no keypoints are evaluated'),
    ])
    writeFileSync(
      `${folder}/found.json`,
      JSON.stringify([{ image_id: images[0].id, category_id: 4, bbox: [1, 1, 8, 8], score: 1 }]),
    )
    const results = ['--results', `${folder}/found.json`, '--annotations', truth, '--sigmas', '0.1']
    expect((await command('evaluate', ...results)).stderr).toContain('--sigmas: no keypoints are evaluated')
  })

  it.each(['--max', '--tile', '--overlap'])(
    'refuses %s of results, which are what they are',
    async (flag) => {
      const of = ['--results', 'found.json', '--annotations', 'truth.json']
      const { code, stderr } = await command('evaluate', ...of, flag, '50')
      expect([code, stderr]).toEqual([2, expect.stringContaining(`${flag} is for a --model`)])
    },
  )
})
