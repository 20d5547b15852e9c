/** Small windows on nuclei: objects that cover a tenth to a half of their image. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Annotation, annotationsOf, annotationToRle, type Dataset } from '../../src/data/dataset.ts'
import { rleArea, rleToBox } from '../../src/geometry/rle.ts'
import { cropRle } from '../../src/geometry/rle-crop.ts'
import { encodePng } from '../../src/node/decode-image.ts'
import { readImageIn } from '../../src/node/image-folder.ts'
import { random } from '../../src/tensor/random.ts'

export const CLOSE_UP = { side: 36, perImage: 2, minArea: 20, minVisible: 0.3 }

/** Windows about nuclei drawn by chance, always the same, as PNG files in a folder. */
export async function closeUps(dataset: Dataset, images: string, folder: string): Promise<Dataset> {
  const { side, perImage, minArea, minVisible } = CLOSE_UP
  const readImage = readImageIn(images)
  const found: Dataset['images'][number][] = []
  const annotations = new Map<number, Annotation[]>()
  let annotationId = 0
  for (const image of dataset.images) {
    const nuclei = annotationsOf(dataset, image.id)
    const { data, width } = await readImage(image.fileName)
    const { integer } = random(image.id)
    for (let i = 0; i < perImage; i++) {
      const [x1, y1, x2, y2] = nuclei[integer(nuclei.length)].box
      const from = (middle: number, length: number) =>
        Math.min(Math.max(Math.round(middle - side / 2) + integer(13) - 6, 0), length - side)
      const [left, top] = [from((x1 + x2) / 2, image.width), from((y1 + y2) / 2, image.height)]
      const pixels = new Uint8Array(side * side * 3)
      for (let row = 0; row < side; row++) {
        const start = 3 * ((top + row) * width + left)
        pixels.set(data.subarray(start, start + 3 * side), 3 * row * side)
      }
      const id = found.length + 1
      const fileName = `${image.fileName.replace(/\.\w+$/, '')}-${i}.png`
      writeFileSync(join(folder, fileName), await encodePng({ data: pixels, width: side, height: side }))
      found.push({ id, fileName, width: side, height: side })
      const own: Annotation[] = []
      for (const nucleus of nuclei) {
        const whole = annotationToRle(nucleus, image)
        const segmentation = cropRle(whole, [left, top, left + side, top + side])
        const area = rleArea(segmentation)
        if (area < Math.max(minArea, minVisible * rleArea(whole))) continue
        const box = rleToBox(segmentation)
        own.push({ ...nucleus, id: ++annotationId, imageId: id, box, xywh: undefined, area, segmentation })
      }
      annotations.set(id, own)
    }
  }
  return { ...dataset, images: found, annotations }
}
