/**
 * A training by configuration on a data set of your own: a `Dataset` in memory, pictures written as the run needs them, and a hook.
 * What it writes is what `maskwright train` writes: checkpoints, metrics, a report.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Detector } from 'maskwright'
import { encodePng, openRunFolder, trainPlatform, writeFileAtomic } from 'maskwright/node'
import { type Dataset, resolveConfig, runTraining } from 'maskwright/train'

const folder = mkdtempSync(join(tmpdir(), 'own-data-'))
const SIDE = 64

/** Pictures with one bright square each, and where it is. */
const images = Array.from({ length: 8 }, (_, id) => ({
  id,
  fileName: `${id}.png`,
  width: SIDE,
  height: SIDE,
}))
const squares = images.map(({ id }) => {
  const side = 16 + 2 * id
  const [x, y] = [(id * 13) % (SIDE - side), (id * 29) % (SIDE - side)]
  return [x, y, x + side, y + side] as const
})
const dataset: Dataset = {
  images,
  categories: [{ id: 1, name: 'square' }],
  annotations: new Map(
    squares.map(([x1, y1, x2, y2], id) => [
      id,
      [
        {
          id: id + 1,
          imageId: id,
          categoryId: 1,
          box: [x1, y1, x2, y2],
          segmentation: [[x1, y1, x2, y1, x2, y2, x1, y2]],
          area: (x2 - x1) * (y2 - y1),
          isCrowd: false,
        },
      ],
    ]),
  ),
}
for (const { id, fileName } of images) {
  const [x1, y1, x2, y2] = squares[id]
  const data = new Uint8Array(SIDE * SIDE * 3).fill(30)
  for (let y = y1; y < y2; y++) data.fill(220, 3 * (y * SIDE + x1), 3 * (y * SIDE + x2))
  await writeFileAtomic(join(folder, fileName), await encodePng({ data, width: SIDE, height: SIDE }))
}

const config = resolveConfig(
  {
    model: {
      name: 'mask-rcnn',
      backbone: { name: 'resnet18', stemWidth: 8, norm: { kind: 'groupNorm', groups: 4 } },
      fpn: { channels: 16 },
      anchors: { sizes: [[8], [16], [32], [48], [64]] },
      box: { head: { kind: 'mlp', width: 32 } },
      mask: { head: { convs: 1, width: 16 } },
      transform: { resize: { kind: 'keep' } },
    },
    // The data set is given to the run; here it is only named.
    data: { train: { images: folder, annotations: 'in memory' } },
    batchSize: 2,
    steps: Number(process.argv[2] ?? 100),
    workers: 0,
    // A model as thin as this one takes its steps sooner than its graph is open.
    searchMemory: false,
  },
  { where: 'own-data.ts' },
)
const losses: number[] = []
const result = await runTraining({
  config,
  train: dataset,
  name: 'squares',
  files: openRunFolder(join(folder, 'run')),
  platform: trainPlatform,
  whereOf: () => 'own-data.ts',
  hooks: [
    {
      afterStep: async ({ scalars }) => {
        losses.push(scalars.loss)
        return undefined
      },
    },
  ],
})
console.log(`${result.progress.step} steps, loss ${losses[0].toFixed(2)} -> ${losses.at(-1)!.toFixed(2)}`)

const detector = await Detector.load(join(folder, 'run'))
for await (const { image, instances } of detector.detectAll([join(folder, '0.png'), join(folder, '1.png')])) {
  console.log(
    image,
    instances.map(({ box, score }) => `${box.map(Math.round)} ${score.toFixed(2)}`).join(' '),
  )
}
await detector.dispose()
