import { describe, expect, it } from 'vitest'
import { parseCoco } from '../formats/coco/coco.ts'
import { parseCocoResults } from '../formats/coco/coco-results.ts'
import { encodeRle } from '../geometry/rle.ts'
import type { ExportFormat } from './export/export-choices.ts'
import { exportPredictions, type PredictedImage } from './export.ts'
import { imageNames } from './image-names.ts'
import { type Instance, instanceMask } from './instance.ts'

/** Rows of a picture: `#` is inside. */
function maskOf(...rows: string[]) {
  const size = { height: rows.length, width: rows[0].length }
  return instanceMask(
    encodeRle(
      [...rows.join('')].map((cell) => (cell === '#' ? 1 : 0)),
      size,
    ),
  )
}

function predicted(file: string, ...instances: Instance[]): PredictedImage {
  return { file, prediction: { width: 8, height: 4, milliseconds: 1, instances, notes: [] } }
}

const CATEGORIES = [
  { id: 7, name: 'cell' },
  { id: 3, name: 'the "big", one' },
]
const cell = { categoryId: 7, category: 'cell' }
const big = { categoryId: 3, category: 'the "big", one' }

const block: Instance = {
  ...cell,
  score: 0.75,
  box: [1, 0.5, 3, 2],
  mask: maskOf('.##.....', '.##.....', '........', '........'),
}
const ringAndDot: Instance = {
  ...big,
  score: 0.625,
  box: [0, 1, 6, 4],
  mask: maskOf('........', '###.....', '#.#..#..', '###.....'),
}
const empty: Instance = {
  ...cell,
  score: 0.5,
  box: [4, 0, 4.5, 1],
  mask: maskOf(...Array(4).fill('........')),
}
const boxOnly: Instance = { ...cell, score: 0.5, box: [2, 1, 6, 3] }

const one = (format: ExportFormat, ...instances: Instance[]) =>
  texts(format, [predicted('in/a.png', ...instances)])[0]

/** Files of text, with the corners of pixels as outlines. */
function texts(format: ExportFormat, images: readonly PredictedImage[]) {
  const files = exportPredictions(format, images, CATEGORIES, { outline: 'pixels' })
  return files.map(({ name, content }) => ({ name, content: content as string }))
}

describe('keypoints', () => {
  const fly: Instance = {
    ...{ ...cell, score: 0.5, box: [0, 0, 4, 2], skeleton: [[1, 2]] },
    keypoints: [
      { name: 'head', x: 3.5, y: 1, score: 9 },
      { name: 'tail', x: 0.5, y: 1.5, score: 3 },
    ],
  }
  const kinds = [{ id: 7, name: 'cell', keypoints: ['head', 'tail'], skeleton: [[1, 2]] as const }]

  it('are in COCO results, and in a complete COCO file that reads as labels', () => {
    const [results, whole] = exportPredictions('coco', [predicted('a.png', fly)], kinds)
    const [entry] = JSON.parse(results.content as string)
    expect(entry.keypoints).toEqual([3.5, 1, 1, 0.5, 1.5, 1])
    const { annotations, categories } = parseCoco(JSON.parse(whole.content as string), 'whole')
    expect(categories).toEqual(kinds)
    expect(annotations.get(1)).toMatchObject([{ keypoints: [3.5, 1, 2, 0.5, 1.5, 2], keypointCount: 2 }])
  })

  it.each(['yolo-seg', 'labelme', 'geojson', 'csv', 'labels', 'imagej'] as const)(
    'are told as left out: %s',
    (format) => {
      const files = exportPredictions(format, [predicted('a.png', fly), predicted('b.png', fly)], kinds)
      const told = files.flatMap(({ notes = [] }) => notes).filter((note) => note.startsWith('keypoints'))
      expect(told).toEqual(['keypoints are left out; --format coco has them'])
    },
  )
})

describe('file names', () => {
  it('stay distinct where images share one, whatever their case, and beside files about all images', () => {
    const files = [
      ...['x/a.png', 'y/A.jpg', 'a-2.png', 'classes.png', 'b.c.png', 'd\\e.png', 'b.c-labels.png'],
      ...['Predictions.tif', 'cafe\u0301.png', 'caf\u00e9.png'],
    ].map((file) => predicted(file))
    const stems = [
      ...['a', 'A-2', 'a-2-2', 'classes-2', 'b.c', 'e', 'b.c-labels-2'],
      ...['Predictions-2', 'cafe\u0301', 'caf\u00e9-2'],
    ]
    const names = (format: ExportFormat) => texts(format, files).map(({ name }) => name)
    expect(names('labelme')).toEqual(stems.map((stem) => `${stem}.json`))
    expect(names('geojson')).toEqual(stems.map((stem) => `${stem}.geojson`))
    expect(names('yolo-seg')).toEqual([...stems.map((stem) => `${stem}.txt`), 'classes.txt'])
  })

  it('say so once where YOLO would not pair labels and image', () => {
    const notes = (...files: string[]) =>
      exportPredictions(
        'yolo-seg',
        files.map((file) => predicted(file)),
        [],
      ).flatMap((file) => (file.notes ?? []).map((note) => `${file.name}: ${note}`))
    const pairs = 'YOLO pairs files by name and finds them when the image is called a-2 too'
    expect(notes('x/a.png', 'y/b.png')).toEqual([])
    expect(notes('x/a.png', 'y/a.png')).toEqual([`a-2.txt: holds the labels of y/a.png; ${pairs}`])
    expect(notes('x/a.png', 'y/a.png', 'z/a.png', 'z/b.png')).toEqual([
      `a-2.txt: holds the labels of y/a.png; ${pairs}, as for 1 more`,
    ])
  })

  it('are ones that every file system takes, whatever the image is called', () => {
    const names = imageNames([
      ...['CON.png', 'a\nb.png', 'what?.png', '..', '.png', '-rf.png', '🐢.png'],
      ...[`${'é'.repeat(120)}1.png`, `${'é'.repeat(120)}2.png`],
      ...[
        'https://example.org/x/cells%201.png?size=2#top',
        'http://example.org/',
        'http://e.org/a%2F..%2Fb.png',
        '-',
      ],
    ])
    expect(names).toEqual([
      ...['_CON', 'a_b', 'what_', 'image', '.png', '-rf', '🐢'],
      ...['é'.repeat(100), `${'é'.repeat(100)}-2`],
      ...['cells 1', 'image-2', 'b', 'stdin'],
    ])
  })

  it('are those that the caller gives, and images are where it says', () => {
    const image = { ...predicted('in/a.png', block), name: 'other', imagePath: '../in/a.png' }
    const [{ name, content }] = texts('labelme', [image])
    expect([name, JSON.parse(content).imagePath]).toEqual(['other.json', '../in/a.png'])
  })
})

describe('coco', () => {
  it('is read back by parseCocoResults with the masks it was written with', () => {
    const images = [predicted('a.png'), predicted('in/b.png', block, ringAndDot, boxOnly)]
    const [{ name, content }] = texts('coco', images)
    expect(name).toBe('predictions.json')
    const known = ['a.png', 'b.png'].map((fileName, i) => ({ id: i + 1, fileName, width: 8, height: 4 }))
    const results = parseCocoResults(JSON.parse(content), name, { images: known })
    expect(results.map(({ imageId, categoryId, score }) => [imageId, categoryId, score])).toEqual([
      [2, 7, 0.75],
      [2, 3, 0.625],
      [2, 7, 0.5],
    ])
    expect(results.map(({ xywh }) => xywh)).toEqual([
      [1, 0.5, 2, 1.5],
      [0, 1, 6, 3],
      [2, 1, 4, 2],
    ])
    const counts = results.map(({ segmentation }) =>
      segmentation && 'counts' in segmentation ? [...segmentation.counts] : undefined,
    )
    // Down the columns: 4 rows of column 0, then rows 0 and 1 of columns 1 and 2.
    expect(counts[0]).toEqual([4, 2, 2, 2, 22])
    expect(counts[2]).toBeUndefined()
    expect(JSON.parse(content)[0].file_name).toBe('in/b.png')
  })

  it('is an empty array where nothing was found', () => {
    expect(JSON.parse(one('coco').content)).toEqual([])
  })
})

describe('yolo-seg', () => {
  it('writes class index and corners as fractions', () => {
    // Corners (1, 0) (3, 0) (3, 2) (1, 2) of 8 x 4.
    expect(one('yolo-seg', block).content).toBe('0 0.125 0 0.375 0 0.375 0.5 0.125 0.5\n')
  })

  it('joins pieces by a bridge there and back, and fills holes', () => {
    // The ring (0, 1) (3, 1) (3, 4) (0, 4), the dot (5, 2) (6, 2) (6, 3) (5, 3). The closest corners are (3, 1) and
    // (5, 2), five squared pixels apart, as are (3, 4) and (5, 3); the first found is taken.
    const corners = [
      [0, 1],
      [3, 1],
      [5, 2],
      [6, 2],
      [6, 3],
      [5, 3],
      [5, 2],
      [3, 1],
      [3, 4],
      [0, 4],
    ]
    const line = corners.flatMap(([x, y]) => [x / 8, y / 4]).join(' ')
    expect(one('yolo-seg', ringAndDot).content).toBe(`1 ${line}\n`)
  })

  it('takes boxes for corners where there are no masks, and leaves empty masks out', () => {
    expect(one('yolo-seg', empty, boxOnly).content).toBe('0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75\n')
  })

  it('lists the classes in the order of their indices', () => {
    const files = texts('yolo-seg', [predicted('a.png')])
    expect(files).toEqual([
      { name: 'a.txt', content: '' },
      { name: 'classes.txt', content: 'cell\nthe "big", one\n' },
    ])
  })
})

describe('labelme', () => {
  it('writes a polygon a piece, grouped by instance, and rectangles for boxes', () => {
    const { name, content } = one('labelme', block, ringAndDot, empty, boxOnly)
    const { shapes, ...rest } = JSON.parse(content)
    expect(name).toBe('a.json')
    expect(rest).toEqual({
      version: '5.5.0',
      flags: {},
      imagePath: 'a.png',
      imageData: null,
      imageHeight: 4,
      imageWidth: 8,
    })
    const shape = (label: string, group: number | null, type: string, score: string, points: number[][]) => ({
      label,
      points,
      group_id: group,
      shape_type: type,
      description: `score ${score}`,
      flags: {},
    })
    const ring = [
      [0, 1],
      [3, 1],
      [3, 4],
      [0, 4],
    ]
    const dot = [
      [5, 2],
      [6, 2],
      [6, 3],
      [5, 3],
    ]
    const square = [
      [1, 0],
      [3, 0],
      [3, 2],
      [1, 2],
    ]
    const box = [
      [2, 1],
      [6, 3],
    ]
    expect(shapes).toEqual([
      shape('cell', null, 'polygon', '0.7500', square),
      shape('the "big", one', 2, 'polygon', '0.6250', ring),
      shape('the "big", one', 2, 'polygon', '0.6250', dot),
      shape('cell', null, 'rectangle', '0.5000', box),
    ])
  })
})

describe('geojson', () => {
  const { name, content } = one('geojson', ringAndDot, block, empty)
  const document = JSON.parse(content)

  it('has a feature for each instance, empty ones without geometry', () => {
    expect(name).toBe('a.geojson')
    expect(document.type).toBe('FeatureCollection')
    expect(document.features.map((f: { properties: object }) => f.properties)).toEqual([
      { category: 'the "big", one', score: 0.625, area: 9 },
      { category: 'cell', score: 0.75, area: 4 },
      { category: 'cell', score: 0.5, area: 0 },
    ])
    expect(document.features.map((f: { geometry: { type: string } | null }) => f.geometry?.type)).toEqual([
      'MultiPolygon',
      'Polygon',
      undefined,
    ])
  })

  it('closes its rings; outer ones have a positive shoelace sum, holes a negative one', () => {
    const [ring, dot] = document.features[0].geometry.coordinates as number[][][][]
    expect(ring).toEqual([
      // Shoelace sum of the outer ring: 0*1-3*1 + 3*4-3*1 + 3*4-0*4 + 0*1-0*4 = 18, of the hole
      // 1*3-1*2 + 1*3-2*3 + 2*2-2*3 + 2*2-1*2 = -2: counter-clockwise and clockwise with y read upwards.
      [
        [0, 1],
        [3, 1],
        [3, 4],
        [0, 4],
        [0, 1],
      ],
      [
        [1, 2],
        [1, 3],
        [2, 3],
        [2, 2],
        [1, 2],
      ],
    ])
    expect(dot).toHaveLength(1)
    expect(dot[0].at(-1)).toEqual(dot[0][0])
  })
})

describe('csv', () => {
  it('writes a row an instance, quotes what needs it, and leaves unknown centroids empty', () => {
    const files = [predicted('a, b.png', block, ringAndDot), predicted('c.png', empty, boxOnly)]
    const [{ name, content }] = texts('csv', files)
    expect(name).toBe('predictions.csv')
    // The ring's eight pixels are centred at (1.5, 2.5), the dot at (5.5, 2.5): (8 * 1.5 + 5.5) / 9 = 1.944.
    expect(content).toBe(
      [
        'file,index,category,score,x,y,width,height,area,centroid_x,centroid_y',
        '"a, b.png",1,cell,0.75,1,0.5,2,1.5,4,2,1',
        '"a, b.png",2,"the ""big"", one",0.625,0,1,6,3,9,1.94,2.5',
        'c.png,1,cell,0.5,4,0,0.5,1,0,,',
        'c.png,2,cell,0.5,2,1,4,2,8,4,2',
        '',
      ].join('\n'),
    )
  })

  it('finds the centroid of a mask whose runs pass from column to column', () => {
    const mask = maskOf('.###....', '.###....', '.##.....', '###.....')
    const [{ content }] = texts('csv', [predicted('a.png', { ...cell, score: 1, box: [0, 0, 4, 4], mask })])
    // One run of 11. Columns of 1 4 4 2 pixels at 0.5 to 3.5: 23.5 / 11 = 2.136; rows of 3 3 2 3: 21.5 / 11 = 1.955.
    expect(content.split('\n')[1].split(',').slice(-3)).toEqual(['11', '2.14', '1.95'])
  })
})
