import { expect, it } from 'vitest'
import { parseCoco } from '../formats/coco/coco.ts'
import { datasetStatistics } from './statistics.ts'

const image = (id: number, width: number, height: number) => ({ id, file_name: `${id}.png`, width, height })
const object = (
  id: number,
  image_id: number,
  category_id: number,
  w: number,
  h: number,
  area: number,
  iscrowd = 0,
) => ({
  ...{ id, image_id, category_id, bbox: [0, 0, w, h], area, iscrowd },
})

it('counts as one does by hand', () => {
  const dataset = parseCoco(
    {
      images: [image(1, 640, 480), image(2, 640, 480), image(3, 320, 200), image(4, 100, 100)],
      categories: [
        { id: 5, name: 'cell' },
        { id: 9, name: 'debris' },
        { id: 7, name: 'nothing' },
      ],
      annotations: [
        object(1, 1, 5, 10, 10, 100),
        object(2, 1, 5, 64, 16, 1024),
        object(3, 1, 5, 96, 96, 9216),
        object(4, 2, 9, 50, 100, 2500),
        object(5, 2, 9, 200, 200, 40000, 1),
        object(6, 3, 9, 30, 60, 900, 1),
      ],
    },
    'a.json',
  )
  const statistics = datasetStatistics(dataset)
  expect(statistics).toMatchObject({
    ...{ images: 4, objects: 4, crowds: 2, emptyImages: 1 },
    imageSizes: [
      { width: 640, height: 480, count: 2 },
      { width: 320, height: 200, count: 1 },
      { width: 100, height: 100, count: 1 },
    ],
    imageWidth: { min: 100, median: 480, mean: 425, max: 640 },
    objectsPerImage: { min: 0, median: 0.5, mean: 1, max: 3 },
    // 32 squared is medium, 96 squared large.
    sizes: { small: 1, medium: 2, large: 1 },
    // 10, 32, 50, 96.
    side: { min: 10, median: 41, mean: 47, max: 96 },
    // 1, 4, 1, 0.5.
    aspectRatio: { min: 0.5, median: 1, mean: 1.625, max: 4 },
    categories: [
      {
        id: 5,
        name: 'cell',
        objects: 3,
        crowds: 0,
        images: 1,
        sizes: { small: 1, medium: 1, large: 1 },
        medianSide: 32,
      },
      {
        id: 9,
        name: 'debris',
        objects: 1,
        crowds: 2,
        images: 1,
        sizes: { small: 0, medium: 1, large: 0 },
        medianSide: 50,
      },
      { id: 7, name: 'nothing', objects: 0, crowds: 0, images: 0, medianSide: null },
    ],
  })
  const bins = (histogram: readonly { from: number; count: number }[]) =>
    histogram.filter(({ count }) => count > 0).map(({ from, count }) => [from, count])
  expect(bins(statistics.objectsPerImage.histogram)).toEqual([
    [0, 2],
    [1, 1],
    [3, 1],
  ])
  expect(bins(statistics.side.histogram)).toEqual([
    [8, 1],
    [32, 2],
    [96, 1],
  ])
  expect(bins(statistics.aspectRatio.histogram)).toEqual([
    [0.5, 1],
    [0.8, 2],
    [3, 1],
  ])
})

it('has no figures of nothing, and no NaN', () => {
  const statistics = datasetStatistics({ images: [], annotations: new Map(), categories: [] })
  expect(statistics.side).toMatchObject({ min: null, median: null, mean: null, max: null })
  expect(JSON.stringify(statistics)).not.toContain('NaN')
})
