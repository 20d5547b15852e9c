import {
  add,
  at,
  both,
  edit,
  editAll,
  HEIGHT,
  one,
  ring,
  rle,
  testCases,
  WIDTH,
} from '../../test/damaged-data.ts'

testCases('Boxes and masks', [
  {
    check: 'malformed-polygons',
    damage: both(
      edit(0, { segmentation: [2, 10, 22, 10, 22, 26, 2, 26] }),
      edit(1, { segmentation: [[26, 10, 46, 10, 46, 26, 26]] }),
      edit(2, { segmentation: [[50, 10, 70, 10, 70, 26, 50, null]] }),
      edit(3, { segmentation: 'box' }),
      edit(4, { segmentation: [[2, 50, 2e7, 50, 22, 66, 2, 66]] }),
    ),
    finds: one('malformed-polygons', ...at(0, 1, 2, 3, 4)),
    nearMiss: edit(0, { segmentation: [[2.25, 10, 22, 10.5, 22, 26, 2, 26]] }),
    left: one('malformed-polygons', ...at(1, 2, 3, 4)),
  },
  {
    check: 'short-polygons',
    damage: ({ document }) => {
      document.annotations[0].segmentation.push([5, 5, 8, 8])
    },
    finds: one('short-polygons', ...at(0)),
    nearMiss: ({ document }) => {
      document.annotations[0].segmentation.push([5, 12, 8, 12, 8, 15])
    },
  },
  {
    check: 'malformed-masks',
    damage: both(
      edit(16, { segmentation: { size: [HEIGHT, WIDTH], counts: [10, 20] } }),
      edit(17, { segmentation: { size: [HEIGHT, WIDTH], counts: 'Pe`' } }),
      edit(18, { segmentation: { counts: [8000] } }),
    ),
    finds: one('malformed-masks', ...at(16, 17, 18)),
    nearMiss: edit(16, { segmentation: rle((x, y) => x >= 2 && x < 22 && y >= 10 && y < 26) }),
  },
  {
    check: 'mask-size',
    damage: ({ document }) => {
      document.annotations[16].segmentation.size = [WIDTH, HEIGHT]
    },
    finds: one('mask-size', ...at(16)),
    nearMiss: ({ document }) => {
      document.annotations[16].segmentation.size = [HEIGHT, WIDTH]
    },
  },
  {
    check: 'missing-masks',
    damage: edit(4, { segmentation: [] }),
    finds: one('missing-masks', ...at(4)),
    // Boxes alone are data of their own kind.
    nearMiss: editAll(() => ({ segmentation: [] })),
  },
  {
    check: 'polygons-outside',
    damage: add({ ...ring(80, 66, 104, 66, 104, 78, 80, 78), bbox: [80, 66, 20, 12], area: 240 }),
    finds: one('polygons-outside', ...at(24)),
    nearMiss: add({ ...ring(80, 66, 100.9, 66, 100.9, 78, 80, 78), bbox: [80, 66, 20, 12], area: 240 }),
  },
  {
    check: 'self-intersections',
    // Two corners of the square swapped: two triangles of 80 square pixels meet in the middle, at 12, 18.
    damage: edit(0, { ...ring(2, 10, 22, 10, 2, 26, 22, 26), area: 160 }),
    finds: one('self-intersections', ...at(0)),
    // The outline touches itself at a corner, as those of masks do.
    nearMiss: edit(0, { ...ring(2, 10, 12, 10, 12, 18, 22, 18, 22, 26, 12, 26, 12, 18, 2, 18), area: 160 }),
  },
  {
    check: 'box-convention',
    damage: editAll(({ bbox: [x, y, w, h] }) => ({ bbox: [x, y, x + w, y + h] })),
    finds: one('box-convention', '0.json'),
    nearMiss: editAll(({ bbox: [x, y, w, h] }) => ({ bbox: [x - 0.5, y, w + 0.5, h] })),
  },
  {
    check: 'boxes-outside',
    damage: both(
      add({ bbox: [80, 66, 24, 12], area: 240, segmentation: [[80, 66, 100, 66, 100, 78, 80, 78]] }),
      edit(0, { bbox: [200, 10, 20, 16] }),
    ),
    finds: { 'boxes-outside': at(0, 24), 'box-mask-disagreement': at(0) },
    nearMiss: add({
      bbox: [80, 66, 20.9, 12],
      area: 240,
      segmentation: [[80, 66, 100, 66, 100, 78, 80, 78]],
    }),
  },
  {
    check: 'empty-masks',
    damage: both(
      edit(16, { segmentation: { size: [HEIGHT, WIDTH], counts: [8000] } }),
      // Between the centres of two rows of pixels.
      add({ ...ring(10, 70.6, 20, 70.6, 20, 71.4), bbox: [10, 70.6, 10, 0.8], area: 4 }),
    ),
    finds: { 'empty-masks': at(16, 24), 'unmatched-anchors': at(24) },
    nearMiss: edit(16, { segmentation: rle((x, y) => x === 5 && y === 10), bbox: [5, 10, 1, 1], area: 1 }),
    left: { 'empty-masks': at(16) },
  },
  {
    check: 'empty-boxes',
    damage: both(
      edit(0, { bbox: [2, 10, 0, 16] }),
      edit(1, { bbox: [46, 26, -20, -16] }),
      add({ bbox: [5, 70, 0, 0], area: 0, segmentation: { size: [HEIGHT, WIDTH], counts: [8000] } }),
    ),
    finds: { 'empty-masks': at(24), 'empty-boxes': at(0, 1, 24) },
    nearMiss: add({ bbox: [5, 70, 1, 1], area: 1, segmentation: [[5, 70, 6, 70, 6, 71, 5, 71]] }),
  },
  {
    check: 'box-mask-disagreement',
    damage: edit(0, { bbox: [7, 10, 20, 16] }),
    finds: one('box-mask-disagreement', ...at(0)),
    // Boxes that end on the last pixel, and a pixel of rounding.
    nearMiss: edit(0, { bbox: [1, 10, 19, 15] }),
  },
  {
    check: 'area-disagreement',
    damage: both(edit(0, { area: 300, bbox: [2, 10, 20, 16] }), edit(1, { area: 400 }), edit(2, { area: 0 })),
    finds: one('area-disagreement', ...at(1, 2)),
    nearMiss: edit(0, { area: 350 }),
  },
  {
    check: 'repeated-annotations',
    damage: ({ document }) => {
      // In whatever order its members stand.
      const members = Object.entries({ ...document.annotations[3], id: 500 })
      document.annotations.push(Object.fromEntries(members.reverse()))
    },
    finds: one('repeated-annotations', ...at(24)),
    // Another category, other keypoints at no box, and another note at the same box and mask.
    nearMiss: both(
      ({ document }) => {
        document.annotations.push({ ...document.annotations[3], id: 500, category_id: 1 })
      },
      ...[10, 80, 40].map((x, i) => add({ id: 501 + i, keypoints: [x, 70, 2] })),
      ({ document }) => {
        document.annotations.push({ ...document.annotations[4], id: 504, note: 'by another hand' })
      },
    ),
  },
  {
    check: 'near-duplicates',
    // One column of twenty less: IoU 19 / 20.
    damage: add({ ...ring(2, 10, 21, 10, 21, 26, 2, 26), bbox: [2, 10, 19, 16], area: 304 }),
    finds: one('near-duplicates', ...at(24)),
    // Three columns less: IoU 17 / 20; and one column less, of the other category.
    nearMiss: both(
      add({ ...ring(2, 10, 19, 10, 19, 26, 2, 26), bbox: [2, 10, 17, 16], area: 272 }),
      add({ ...ring(26, 10, 45, 10, 45, 26, 26, 26), bbox: [26, 10, 19, 16], area: 304, id: 501 }),
    ),
  },
])
