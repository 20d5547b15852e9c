/**
 * What eight bits save and what they cost. Mask R-CNN R50-FPN of random weights on one 800x1088 image where float32 finds 100
 * objects: float32 export against int8 export, calibrated on training images of NUCLEI, in turns, medians; how many each finds is
 * among the figures. The bundled `nuclei`:
 * mask AP of its float32 less that of int8 on NUCLEI's `annotations/val.json`, calibrated on images of `annotations/train.json`.
 * NUCLEI has `images/` and `annotations/`.
 *
 *     npx tsx benchmarks/int8.ts NUCLEI [ROUNDS] [--json]
 *
 * Figures: docs/performance.md.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeBusyModel } from '../src/cli/bench/busy-model.ts'
import { quantile } from '../src/cli/bench/quantile.ts'
import { repeatedPicture } from '../src/cli/bench/repeated-picture.ts'
import { calibrationPictures, filePictures } from '../src/cli/calibration-pictures.ts'
import { loadChosenFile } from '../src/cli/chosen-file.ts'
import { costInPrecision } from '../src/cli/int8-cost.ts'
import { exportModel } from '../src/models/exported-model.ts'
import type { CalibrationPicture } from '../src/models/int8-graph.ts'
import { decodeModelFile } from '../src/models/model-file.ts'
import { decodeImage } from '../src/node/decode-image.ts'
import { createSession } from '../src/node/session.ts'
import { tensor } from '../src/tensor/tensor.ts'
import { busyR50, SIZE, THREADS } from './performance/busy-r50.ts'
import { argumentsOr } from './usage.ts'

const NUCLEI_IMAGES = 8
const OF_A_KIND = 3
/** Of 100 objects that float32 finds, int8 must find this many: with fewer its heads have less to do. */
const LEAST_FOUND = 80

const { signal } = new AbortController()

interface TrainingFile {
  readonly images: readonly {
    readonly file_name: string
    readonly modality: string
  }[]
}

const annotationsIn = (folder: string, part: string) => join(folder, 'annotations', `${part}.json`)

/** Of the training images the first of each kind, at the size of the one that is timed, which is none of them. */
async function pictures(folder: string): Promise<CalibrationPicture[]> {
  const { images }: TrainingFile = JSON.parse(readFileSync(annotationsIn(folder, 'train'), 'utf8'))
  const kinds = [...new Set(images.map(({ modality }) => modality))]
  const chosen = kinds.flatMap((kind) =>
    images.filter(({ modality }) => modality === kind).slice(0, OF_A_KIND),
  )
  return Promise.all(
    chosen.map(async ({ file_name: name }) => {
      const { data } = repeatedPicture(await decodeImage(join(folder, 'images', name)), SIZE)
      const view = tensor('uint8', [SIZE.height, SIZE.width, 3], data as Uint8Array)
      return { name, load: async () => view }
    }),
  )
}

async function latency(folder: string, rounds: number) {
  const { image, ...busy } = await busyR50()
  const file = decodeModelFile(encodeBusyModel(busy))
  const images = await pictures(folder)
  const float = await exportModel(file, createSession)
  const eight = await exportModel(file, createSession, { precision: 'int8', calibration: { images } })
  const { layers, float: kept } = eight.settings.quantization!
  console.error(`R50-FPN: ${layers.length} of ${layers.length + Object.keys(kept).length} layers in int8`)
  const sides = await Promise.all(
    [float, eight].map(async ({ bytes }) => ({
      session: await createSession(bytes, { threads: THREADS }),
      seconds: [] as number[],
    })),
  )
  const found: number[] = []
  for (const { session } of sides) found.push((await session.run({ image })).scores.shape[0])
  console.error(`R50-FPN: ${found[0]} found by float32, ${found[1]} by int8`)
  if (found[1] < LEAST_FOUND) throw new Error(`int8 finds ${found[1]} objects, float32 ${found[0]}`)
  for (let round = 0; round < rounds; round++) {
    for (const { session, seconds } of sides) {
      const started = performance.now()
      await session.run({ image })
      seconds.push((performance.now() - started) / 1000)
    }
  }
  for (const { session } of sides) await session.dispose()
  return { samples: { float32: sides[0].seconds, int8: sides[1].seconds }, found }
}

async function precision(folder: string) {
  const images = join(folder, 'images')
  const train: TrainingFile = JSON.parse(readFileSync(annotationsIn(folder, 'train'), 'utf8'))
  const files = Array.from({ length: NUCLEI_IMAGES }, (_, i) => {
    const at = Math.floor((i * train.images.length) / NUCLEI_IMAGES)
    return join(images, train.images[at].file_name)
  })
  const file = await loadChosenFile('nuclei', signal)
  const { bytes } = await exportModel(file, createSession, {
    precision: 'int8',
    calibration: { images: calibrationPictures(filePictures(files, file.metadata), file.metadata) },
  })
  const compared = { float: 'nuclei', int8: bytes }
  const { float32, int8 } = await costInPrecision(
    compared,
    { images, annotations: annotationsIn(folder, 'val') },
    signal,
  )
  return { float32Ap: float32!.segm!, int8Ap: int8!.segm! }
}

const given = argumentsOr('int8.ts NUCLEI [ROUNDS] [--json]', 1)
const [folder, rounds = '5'] = given.filter((word) => word !== '--json')
const { samples, found } = await latency(folder, Number(rounds))
const { float32Ap, int8Ap } = await precision(folder)
const [float32Seconds, int8Seconds] = [quantile(samples.float32, 0.5), quantile(samples.int8, 0.5)]
const figures = {
  latencyRatio: int8Seconds / float32Seconds,
  apLoss: float32Ap - int8Ap,
  ...{ float32Seconds, int8Seconds, float32Ap, int8Ap, float32Found: found[0], int8Found: found[1] },
}
if (given.includes('--json')) console.log(JSON.stringify({ figures, samples }))
else
  console.log(
    `latency: float32 ${float32Seconds.toFixed(2)} s (${found[0]} found), int8 ${int8Seconds.toFixed(2)} s (${found[1]} found), ratio ${figures.latencyRatio.toFixed(2)}; ` +
      `nuclei mask AP: float32 ${float32Ap.toFixed(4)}, int8 ${int8Ap.toFixed(4)}, ${figures.apLoss.toFixed(4)} less`,
  )
