import path from 'node:path'
import { expect, it } from 'vitest'
import { command, folderOf } from '../../../test/in-process.ts'
import { decodeImage, encodePng } from '../../node/decode-image.ts'

const [width, height] = [48, 40]
const config = {
  model: { name: 'mask-rcnn' },
  data: { train: { images: 'images', annotations: 'labels.json' } },
  steps: 1,
  augment: {
    crop: { height: 30, width: 36, fill: [0, 0, 0] },
    ...{ horizontalFlip: 0.5, copyPaste: { probability: 1 }, jpeg: { probability: 0.5 } },
  },
}

it('draws each image as often as asked for, as a training sees it', async () => {
  const annotation = { category_id: 1, iscrowd: 0, bbox: [8, 8, 20, 20], area: 400 }
  const ring = [8, 8, 28, 8, 28, 28, 8, 28]
  const named = ['a.png', 'b.png']
  const pictures = await Promise.all(
    named.map((_, i) => {
      const data = new Uint8Array(width * height * 3).fill(60 + 100 * i)
      return encodePng({ data, width, height })
    }),
  )
  const folder = folderOf({
    ...Object.fromEntries(named.map((name, i) => [`images/${name}`, pictures[i]])),
    'labels.json': JSON.stringify({
      images: named.map((file_name, i) => ({ id: i + 1, file_name, width, height })),
      annotations: named.map((_, i) => ({ ...annotation, id: i + 1, image_id: i + 1, segmentation: [ring] })),
      categories: [{ id: 1, name: 'block' }],
    }),
    'config.json': JSON.stringify(config),
  })
  const at = (name: string) => path.join(folder, name)
  const draw = async (out: string, ...more: string[]) => {
    const flags = ['--augment', at('config.json'), '--each', '4', '--cell', '72', '--out', at(out), '--json']
    const done = await command('data', 'preview', at('labels.json'), ...flags, ...more)
    expect(done.code).toBe(0)
    expect(JSON.parse(done.stdout).images.toSorted()).toEqual(named)
    return decodeImage(at(out))
  }
  const sheet = await draw('sheet.png')
  // A row for each image, four cells of 72 with gaps of 6: crops of 36 x 30 drawn twice as large, with 20 for a line and a gap.
  expect([sheet.width, sheet.height]).toEqual([4 * 78 + 6, 2 * (60 + 20 + 6) + 6])
  expect((await draw('again.png')).data).toEqual(sheet.data)
  expect((await draw('other.png', '--seed', '5')).data).not.toEqual(sheet.data)
})
