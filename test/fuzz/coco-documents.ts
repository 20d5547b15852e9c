/** Valid COCO files to be damaged: every form a field can have is in them. */

const image = (id: number) => ({ id, width: 12, height: 10, file_name: `${id}.png`, license: 1 })
const square = (x: number, y: number, side: number) => [x, y, x + side, y, x + side, y + side, x, y + side]
/** Pixels 20 to 23, 30 and 31: rows 0 to 3 of column 2 and rows 0 and 1 of column 3. */
const runs = { size: [10, 12], counts: [20, 4, 6, 2, 88] }
/** The same, as pycocotools writes it. */
const compressed = { size: [10, 12], counts: 'd046Nb2' }

export const objects = {
  info: { description: 'objects', year: 2026 },
  images: [image(1), image(5), image(900)],
  annotations: [
    {
      id: 1,
      image_id: 1,
      category_id: 2,
      iscrowd: 0,
      bbox: [1, 1, 4, 4],
      area: 16,
      segmentation: [square(1, 1, 4)],
    },
    { id: 2, image_id: 1, category_id: 7, bbox: [2, 0, 2, 4], segmentation: compressed },
    { id: 3, image_id: 5, category_id: 2, iscrowd: 1, area: 6.5, segmentation: runs },
    {
      id: 40,
      image_id: 5,
      category_id: 2,
      bbox: [0.5, 0.25, 6.5, 7.75],
      segmentation: [square(0.5, 0.25, 5), [2, 2, 7, 8, 2.5, 8]],
    },
    {
      id: 41,
      image_id: 5,
      category_id: 7,
      bbox: [6, 2, 3, 3],
      iscrowd: false,
      area: 9,
      segmentation: [square(6, 2, 3)],
    },
  ],
  categories: [
    { id: 2, name: 'cell', supercategory: 'thing' },
    { id: 7, name: 'nucleus' },
  ],
}

export const objectResults = [
  { image_id: 1, category_id: 2, score: 0.9, bbox: [1, 1, 4, 3.5], segmentation: [square(1, 1, 4)] },
  { image_id: 1, category_id: 7, score: 0.75, segmentation: compressed },
  { image_id: 5, category_id: 2, score: 0.5, bbox: [0, 0, 7, 8], segmentation: runs },
  { image_id: 5, category_id: 2, score: 0.25, segmentation: [square(1, 1, 5)] },
  { image_id: 5, category_id: 7, score: 1, bbox: [6, 2, 3, 3] },
  { image_id: 900, category_id: 7, score: 0.125, bbox: [0, 0, 12, 10] },
]

const keypoints = (x: number, y: number, values: readonly number[]) =>
  values.flatMap((value, k) => [x + (k % 3), y + k / 4, value])
const labels = [2, 1, 0, 2]

export const people = {
  images: [image(1), image(2)],
  annotations: [
    {
      id: 1,
      image_id: 1,
      category_id: 1,
      bbox: [1, 1, 4, 4],
      area: 12,
      keypoints: keypoints(1, 1, labels),
      num_keypoints: 3,
    },
    { id: 2, image_id: 1, category_id: 1, bbox: [5, 1, 4, 4], keypoints: keypoints(5, 1, [0, 0, 0, 0]) },
    {
      id: 3,
      image_id: 2,
      category_id: 1,
      iscrowd: 1,
      bbox: [0, 0, 9, 9],
      area: 80,
      keypoints: keypoints(2, 2, labels),
    },
  ],
  categories: [
    {
      id: 1,
      name: 'person',
      keypoints: ['head', 'hand', 'knee', 'foot'],
      skeleton: [
        [1, 2],
        [3, 4],
      ],
    },
  ],
}

export const peopleResults = [
  { image_id: 1, category_id: 1, score: 0.9, keypoints: keypoints(1, 1.5, [0.9, 0.8, 0.7, 0.6]) },
  { image_id: 1, category_id: 1, score: 0.4, keypoints: keypoints(5, 1, [1, 1, 1, 1]), bbox: [5, 1, 4, 4] },
  { image_id: 2, category_id: 1, score: 0.3, keypoints: keypoints(2, 2, [0, 1, 0, 1]) },
]
