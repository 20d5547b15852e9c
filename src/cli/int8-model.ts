/** The model of `predict --precision int8`. */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ReadingOptions } from '../data/image-reading.ts'
import { ConfigError, DataError } from '../errors.ts'
import { decodeExportedModel, exportModel } from '../models/exported-model.ts'
import { decodeModelFile, type ModelFile } from '../models/model-file.ts'
import type { ModelMetadata } from '../models/model-metadata.ts'
import { decodeImage } from '../node/decode-image.ts'
import { isUrl } from '../node/files.ts'
import { keptModel } from '../node/kept-models.ts'
import { loadModelBytes, modelOfRun } from '../node/package-files.ts'
import { createSession } from '../node/session.ts'
import { isOnnxFile } from '../onnx/decode.ts'
import { readingFor } from '../predict/model-reading.ts'
import type { CreateSession } from '../runtime/session.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { calibrationFiles, calibrationPictures, type NamedPicture, spread } from './calibration-pictures.ts'
import { sayRun } from './chosen-model.ts'
import { agreementLine, costInAgreement, quantizedLine } from './int8-cost.ts'
import type { ImageInput } from './predict-inputs.ts'
import { say } from './print.ts'
import { type ProgressBar, startProgress } from './progress.ts'
import { STANDARD_INPUT } from './standard-input.ts'

export interface Int8Options {
  /** How a file becomes a picture. */
  readonly reading?: Omit<ReadingOptions, 'page'>
  /** Room for so many instances (see `LoadOptions.max`). */
  readonly max?: number
  readonly threads?: number
  /** Folder of images to calibrate with. Default: images that are to be segmented. */
  readonly calibrate?: string
}

/** How many images of a folder, or of those to be segmented, show which numbers the layers take. */
const [OF_FOLDER, OF_INPUTS] = [32, 8]
/** Images that are looked at with float32 as well, to tell what eight bits cost. */
const COMPARED = 4

interface FilePicture extends NamedPicture {
  readonly path: string
  readonly page?: number
}

/**
 * The bytes of a model with eight bits, calibrated on images; the same model and images have the same bytes as before, without
 * calibrating again. Says what it did and what that costs. Throws `ConfigError` for an exported model, and where there is nothing to
 * calibrate with; `DataError` where none of the images can be read.
 */
export async function int8Model(
  model: string,
  inputs: readonly ImageInput[],
  options: Int8Options,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const where = modelOfRun(model) ?? model
  sayRun(model, where)
  const float = await loadModelBytes(where, { signal })
  if (isOnnxFile(float)) {
    throw new ConfigError('an exported model keeps the precision that it was exported with', {
      where,
      expected: 'a model file',
      hint: 'Leave --precision out, or export the model with --precision int8',
    })
  }
  const { max, threads, calibrate, reading } = options
  const { metadata, ...file } = decodeModelFile(float, where)
  const pictures =
    calibrate === undefined
      ? inputPictures(inputs, metadata, reading)
      : filesAsPictures(await calibrationFiles(calibrate, OF_FOLDER, undefined), metadata, reading)
  let readable: Readable[] = []
  const settings = { int8: await Promise.all(pictures.map(factsOf)), max, reading }
  const { bytes, isNew } = await keptModel(float, JSON.stringify(settings), async () => {
    readable = await readableOf(pictures, metadata)
    return calibrated({ metadata, ...file }, readable, { max, threads }, signal)
  })
  const told = quantizedLine(decodeExportedModel(bytes, where).settings.quantization!)
  if (isNew) {
    const compared = readable.slice(0, COMPARED)
    const cost = await costInAgreement({ float: where, int8: bytes }, compared, { threads, max }, signal)
    say(`int8: ${told}; ${agreementLine(cost)}`)
  } else say(`int8: ${told}, when it was first asked for`)
  return bytes
}

async function calibrated(
  file: ModelFile,
  pictures: readonly Readable[],
  { max, threads }: Pick<Int8Options, 'max' | 'threads'>,
  signal: AbortSignal,
): Promise<Uint8Array> {
  let progress: ProgressBar | undefined
  const onImage = (done: number, runs: number) => {
    progress ??= startProgress(runs, 'runs')
    progress.step(done, 'calibrating')
  }
  const sessions: CreateSession = (graph, given) => createSession(graph, { ...given, threads })
  const images = pictures.map(({ name, view }) => ({ name, load: async () => view }))
  const calibration = { images, signal, onImage }
  try {
    const how = { precision: 'int8', asksLeastScore: true, max, calibration } as const
    return (await exportModel(file, sessions, how)).bytes
  } finally {
    progress?.end()
  }
}

/** Some of the files to be segmented, evenly spread. Throws `ConfigError` where none is a file. */
function inputPictures(
  inputs: readonly ImageInput[],
  metadata: ModelMetadata,
  reading: Int8Options['reading'],
): FilePicture[] {
  const files = inputs.filter(({ file, path = file }) => path !== STANDARD_INPUT && !isUrl(path))
  if (files.length > 0) return filesAsPictures(spread(files, OF_INPUTS), metadata, reading)
  throw new ConfigError('there are no images to calibrate eight bits with', {
    where: '--precision',
    expected: 'an image file among the inputs',
    hint: 'Name a folder of images like these with --calibrate',
  })
}

function filesAsPictures(
  files: readonly (string | ImageInput)[],
  metadata: ModelMetadata,
  wanted: Int8Options['reading'] = {},
): FilePicture[] {
  const { reading } = readingFor(metadata, wanted)
  return files.map((given) => {
    const { file: name, path = name, page } = typeof given === 'string' ? { file: given } : given
    return { name, path, page, decode: () => decodeImage(path, { ...reading, page, name }) }
  })
}

/** What tells whether a picture is the same as before. */
async function factsOf({ path, page }: FilePicture) {
  const found = await stat(path).catch(() => undefined)
  return [resolve(path), page, found?.size, found?.mtimeMs]
}

interface Readable extends NamedPicture {
  readonly view: Tensor<'uint8'>
}

/** Those that can be read, with what the model sees of each. Throws what was wrong with the first where none can. */
async function readableOf(pictures: readonly FilePicture[], metadata: ModelMetadata): Promise<Readable[]> {
  const readable: Readable[] = []
  let wrong: DataError | undefined
  for (const [i, { load }] of calibrationPictures(pictures, metadata).entries()) {
    try {
      readable.push({ ...pictures[i], view: await load() })
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      wrong ??= error
    }
  }
  if (readable.length === 0) throw wrong
  return readable
}
