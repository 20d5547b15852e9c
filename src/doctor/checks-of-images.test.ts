import {
  both,
  edit,
  editImage,
  HEIGHT,
  images,
  one,
  probe,
  probed,
  second,
  testCases,
  turned,
  WIDTH,
} from '../../test/damaged-data.ts'

testCases('The images', [
  {
    check: 'missing-images',
    damage: probe(1, { kind: 'missing' }),
    finds: one('missing-images', ...images(1)),
    nearMiss: ({ probes }) => probes.clear(),
    // Eight objects of each class are left.
    left: { 'rare-classes': ['0.json categories[0]', '0.json categories[1]'] },
  },
  {
    check: 'unreadable-images',
    damage: probe(1, { kind: 'unreadable', reason: 'cut short' }),
    finds: one('unreadable-images', ...images(1)),
    nearMiss: probe(1, probed(70)),
    left: { 'rare-classes': ['0.json categories[0]', '0.json categories[1]'] },
  },
  {
    check: 'size-mismatch',
    // The masks of the third image have the file's size; on the first nothing tells.
    damage: both(
      editImage(2, { width: 101 }),
      probe(0, probed(1, { stored: { width: 200, height: 160 }, shown: { width: 200, height: 160 } })),
    ),
    finds: one('size-mismatch', ...images(0, 2)),
    nearMiss: probe(0, probed(1, turned)),
    left: one('size-mismatch', ...images(0)),
  },
  {
    check: 'unrotated-labels',
    damage: probe(
      0,
      probed(1, { stored: { width: 100, height: 80 }, shown: { width: 80, height: 100 }, orientation: 6 }),
    ),
    finds: one('unrotated-labels', ...images(0)),
    nearMiss: probe(0, probed(1, { orientation: 1 })),
  },
  {
    check: 'unclear-rotation',
    damage: probe(0, probed(1, { orientation: 3 })),
    finds: one('unclear-rotation', ...images(0)),
    // Nothing is annotated that could be wrong.
    nearMiss: both(
      ({ document, probes }) => {
        document.images.push({ id: 4, file_name: 'empty.png', width: WIDTH, height: HEIGHT })
        document.annotations[0].image_id = 4
        probes.set('empty.png', probed(50))
      },
      probe(0, probed(1, { orientation: 1 })),
    ),
  },
  {
    check: 'exif-rotation',
    damage: probe(0, probed(1, turned)),
    finds: one('exif-rotation', ...images(0)),
    nearMiss: probe(0, probed(1)),
  },
  {
    check: 'deep-images',
    damage: probe(0, probed(1, { depth: { kind: '16 bit', black: 102, white: 4075 } })),
    finds: one('deep-images', ...images(0)),
    nearMiss: probe(0, probed(1)),
  },
  {
    check: 'unequal-ranges',
    // 1000 wide, and 2000.
    damage: both(
      probe(0, probed(1, { depth: { kind: '16 bit', black: 0, white: 1000 } })),
      probe(1, probed(2, { depth: { kind: '16 bit', black: 2100, white: 100 } })),
    ),
    finds: { ...one('deep-images', ...images(0, 1)), ...one('unequal-ranges', '0.json') },
    nearMiss: both(
      probe(0, probed(1, { depth: { kind: '16 bit', black: 0, white: 1000 } })),
      probe(1, probed(2, { depth: { kind: '16 bit', black: 100, white: 2099 } })),
    ),
  },
  {
    check: 'duplicate-images',
    damage: probe(2, probed(1)),
    finds: one('duplicate-images', ...images(2)),
    nearMiss: probe(2, probed(11)),
  },
  {
    check: 'leaked-images',
    damage: second(({ probes }) => {
      probes.set('1-2.png', probed(3))
    }),
    finds: one('leaked-images', '1.json images[1]'),
    nearMiss: second(() => {}),
  },
  {
    check: 'similar-images',
    // Every grey value one up: the pixels differ, the look does not.
    damage: probe(2, {
      ...probed(1, { pixels: 'brighter' }),
      thumbnail: probed(1).thumbnail.map((value) => Math.min(255, value + 1)),
    }),
    finds: one('similar-images', ...images(2)),
    // Half of the picture is another.
    nearMiss: probe(2, {
      ...probed(1, { pixels: 'half' }),
      thumbnail: probed(1).thumbnail.map((value, i) => (i < 512 ? value : probed(60).thumbnail[i])),
    }),
  },
  {
    check: 'unlabelled-images',
    damage: ({ document, probes }) => {
      document.images.push({ id: 4, file_name: 'empty.png', width: WIDTH, height: HEIGHT })
      probes.set('empty.png', probed(50))
    },
    finds: one('unlabelled-images', ...images(3)),
    nearMiss: both(
      ({ document, probes }) => {
        document.images.push({ id: 4, file_name: 'empty.png', width: WIDTH, height: HEIGHT })
        probes.set('empty.png', probed(50))
      },
      edit(0, { image_id: 4 }),
    ),
  },
])
