import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { command, folderOf } from '../../../test/in-process.ts'
import { encodePng } from '../../node/decode-image.ts'

const SIDE = 96

/** Bright discs on dark ground. */
function picture(discs: readonly (readonly [number, number, number])[]) {
  const data = new Uint8Array(SIDE * SIDE * 3)
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)]
    const isIn = discs.some(([cx, cy, r]) => (x - cx) ** 2 + (y - cy) ** 2 < r * r)
    data.fill(isIn ? 190 : 12 + ((x * 7 + y * 5) % 9), 3 * i, 3 * i + 3)
  }
  return encodePng({ data, width: SIDE, height: SIDE })
}

it('suggests images that are not labelled, with what the model finds in them', async () => {
  const three = [
    [20, 20, 9],
    [60, 30, 11],
    [40, 70, 8],
  ] as const
  const folder = folderOf({
    'pool/done.png': await picture(three),
    'pool/empty.png': await picture([]),
    'pool/three.png': await picture(three),
    'pool/touching.png': await picture([
      [40, 40, 12],
      [58, 42, 12],
      [48, 58, 11],
    ]),
    'pool/broken.png': new Uint8Array(40).fill(7),
    'labels.json': JSON.stringify({
      images: [{ id: 1, file_name: 'done.png', width: SIDE, height: SIDE }],
      annotations: [],
      categories: [{ id: 1, name: 'nucleus' }],
    }),
  })
  const at = (...parts: string[]) => path.join(folder, ...parts)
  const more = ['--labels', at('labels.json'), '--count', '2', '--threads', '1']
  const written = ['--prelabels', 'coco', '--out', at('found')]
  const done = await command(
    'data',
    'suggest',
    at('pool'),
    '--model',
    'nuclei',
    ...more,
    ...written,
    '--json',
  )
  expect(done.stderr).toContain('broken.png')
  expect(done.code).toBe(0)
  const report = JSON.parse(done.stdout)
  expect(report).toMatchObject({ looked: 3, labelled: 1, prelabels: { format: 'coco' } })
  const names = report.images.map(({ file }: { file: string }) => path.basename(file))
  expect(names.toSorted()).toEqual(['three.png', 'touching.png'])
  for (const { objects, uncertainty, doubt, disagreement } of report.images) {
    expect(objects).toBeGreaterThan(1)
    expect(uncertainty).toBeCloseTo((doubt + disagreement) / 2, 12)
  }
  const [file] = readdirSync(at('found')).filter((name) => name.endsWith('.json'))
  const coco = JSON.parse(readFileSync(at('found', file), 'utf8'))
  expect(coco.images.map((image: { file_name: string }) => image.file_name)).toEqual(names)
  expect(coco.annotations.length).toBe(report.prelabels.objects)
  expect(coco.annotations.length).toBeGreaterThan(3)

  const again = await command('data', 'suggest', at('pool'), '--model', 'nuclei', ...more, ...written)
  expect([again.code, existsSync(at('found', file))]).toEqual([1, true])
  expect(again.stderr).toContain('target exists and is not empty')
})

it('says so where all is labelled', async () => {
  const folder = folderOf({
    'pool/done.png': await picture([]),
    'labels.json': JSON.stringify({
      images: [{ id: 1, file_name: 'done.png', width: SIDE, height: SIDE }],
      annotations: [],
      categories: [{ id: 1, name: 'nucleus' }],
    }),
  })
  const [pool, labels] = [path.join(folder, 'pool'), path.join(folder, 'labels.json')]
  const done = await command('data', 'suggest', pool, '--model', 'nuclei', '--labels', labels)
  expect(done.code).toBe(1)
  expect(done.stderr).toContain('all images are labelled; got 1 images')
})
