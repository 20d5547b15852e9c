import {
  add,
  at,
  type Damage,
  edit,
  editAll,
  HEIGHT,
  one,
  plain,
  probed,
  rle,
  testCases,
  WIDTH,
} from '../../test/damaged-data.ts'
import { polygonToRle } from '../geometry/polygon.ts'

testCases('Crowds, classes and sizes', [
  {
    check: 'all-crowd',
    damage: editAll(({ segmentation }) => ({
      iscrowd: 1,
      segmentation: Array.isArray(segmentation)
        ? plain(polygonToRle(segmentation[0], { width: WIDTH, height: HEIGHT }))
        : segmentation,
    })),
    finds: { 'all-crowd': ['0.json'], 'empty-classes': ['0.json categories[0]', '0.json categories[1]'] },
    nearMiss: edit(16, { iscrowd: 1 }),
  },
  {
    check: 'crowd-polygons',
    damage: edit(0, { iscrowd: 1 }),
    finds: one('crowd-polygons', ...at(0)),
    nearMiss: edit(16, { iscrowd: 1 }),
  },
  {
    check: 'small-crowds',
    damage: edit(16, {
      ...{ iscrowd: 1, bbox: [2, 10, 15, 17], area: 255 },
      segmentation: rle((x, y) => x >= 2 && x < 17 && y >= 10 && y < 27),
    }),
    finds: one('small-crowds', ...at(16)),
    nearMiss: edit(16, {
      ...{ iscrowd: 1, bbox: [2, 10, 16, 16], area: 256 },
      segmentation: rle((x, y) => x >= 2 && x < 18 && y >= 10 && y < 26),
    }),
  },
  {
    check: 'empty-classes',
    damage: ({ document }) => {
      document.categories.push({ id: 3, name: 'debris' })
    },
    finds: one('empty-classes', '0.json categories[2]'),
    nearMiss: ({ document }) => {
      Object.assign(document.categories[1], { supercategory: 'none' })
    },
  },
  {
    check: 'rare-classes',
    // 12 of each; three or two of the second become the first.
    damage: editAll(({ category_id }, i) => ({ category_id: i < 6 ? 1 : category_id })),
    finds: one('rare-classes', '0.json categories[1]'),
    nearMiss: editAll(({ category_id }, i) => ({ category_id: i < 4 ? 1 : category_id })),
  },
  {
    check: 'class-imbalance',
    damage: crowdOfCells(1200),
    finds: one('class-imbalance', '0.json categories[1]'),
    nearMiss: crowdOfCells(1199),
  },
  {
    check: 'small-objects',
    // Ten times as large for the network, where cells have 4 pixels: 0.7 x 16 becomes 7 x 160.
    damage: add({ bbox: [10, 68, 0.7, 1], area: 0.7, segmentation: [[10, 68, 10.7, 68, 10.7, 69, 10, 69]] }),
    finds: { 'small-objects': at(24), 'unmatched-anchors': at(24) },
    nearMiss: add({ bbox: [10, 68, 2, 2], area: 4, segmentation: [[10, 68, 12, 68, 12, 70, 10, 70]] }),
  },
  {
    check: 'unmatched-anchors',
    // 900 x 20 for the network; the best anchor, 128 x 128, shares 20 x 128 of 31824: IoU 0.08.
    damage: add({ bbox: [5, 70, 90, 2], area: 180, segmentation: [[5, 70, 95, 70, 95, 72, 5, 72]] }),
    finds: one('unmatched-anchors', ...at(24)),
    nearMiss: add({ bbox: [5, 70, 20, 10], area: 200, segmentation: [[5, 70, 25, 70, 25, 80, 5, 80]] }),
  },
])
/** Objects of the first category on an image of their own, `count` with those there are; the second keeps its 12. */
function crowdOfCells(count: number): Damage {
  return ({ document, probes }) => {
    document.images.push({ id: 4, file_name: 'full.png', width: 2000, height: 2000 })
    probes.set(
      'full.png',
      probed(50, { stored: { width: 2000, height: 2000 }, shown: { width: 2000, height: 2000 } }),
    )
    for (let i = 12; i < count; i++) {
      const [x, y] = [50 * (i % 40), 50 * Math.floor(i / 40)]
      document.annotations.push({
        ...{ id: 1000 + i, image_id: 4, category_id: 1, iscrowd: 0, bbox: [x, y, 48, 48], area: 2304 },
        segmentation: [[x, y, x + 48, y, x + 48, y + 48, x, y + 48]],
      })
    }
  }
}
