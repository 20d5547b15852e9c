/** Reports are sent around: pictures that compress badly must not make them large. */
import { expect, it } from 'vitest'
import { encodeJpegWithin } from '../src/node/decode-image.ts'
import { galleryCases } from '../src/report/gallery-case.ts'
import { random } from '../src/tensor/random.ts'
import { reportPicture, shownIndices } from '../src/train/report-pictures.ts'
import { exampleEvaluation } from './evaluation-example.ts'

/** The hardest picture to compress that somebody might photograph: noise over a smooth ground. */
function gravel(width: number, height: number) {
  const { integer } = random(1)
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => 90 + ((i / 3) % width) / 20 + integer(60),
  )
  return { data, width, height }
}

it('of a training, with six large pictures twice', async () => {
  const size = { width: 1600, height: 1200 }
  const image = { id: 1, fileName: 'a.jpg', ...size }
  const dataset = { images: [image], annotations: new Map(), categories: [{ id: 1, name: 'stone' }] }
  const prediction = { ...size, milliseconds: 1, instances: [], notes: [] }
  const shown = { image, pixels: gravel(size.width, size.height), prediction }
  const { truth, prediction: found } = await reportPicture(
    shown,
    dataset,
    dataset.categories,
    encodeJpegWithin,
  )
  expect(truth).toMatch(/^data:image\/jpeg;base64,/)
  expect(shownIndices(100).length * (truth.length + found.length)).toBeLessThan(1e6)
})

it('of an evaluation, however many cases are shown', async () => {
  const { groundTruth, results, report } = exampleEvaluation()
  const worst = Array.from({ length: 12 }, () => report.worst.map((each) => ({ ...each }))).flat()
  const cases = await galleryCases({
    ...{ groundTruth, results, report: { ...report, worst } },
    readImage: async ({ width, height }) => gravel(width, height),
    encodeJpeg: encodeJpegWithin,
  })
  expect(cases).toHaveLength(60)
  const sizes = cases.map(({ picture }) => picture!.uri.length)
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(1e6)
})
