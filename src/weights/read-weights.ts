import { MaskwrightError, WeightError } from '../errors.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import { type ByteSource, readRange, type SourceFolder } from './byte-source.ts'
import { PickleStream } from './pickle/pickle-stream.ts'
import { unpickle } from './pickle/unpickle.ts'
import type { PickleValue } from './pickle/values.ts'
import { parseSafetensorsHeader, safetensorsDataStart } from './safetensors.ts'
import { checkpointOf } from './state-dict.ts'
import { decodeElements, READ_AS, type StoredDtype } from './stored-dtype.ts'
import { isTorchLegacy, readTorchLegacy } from './torch/torch-legacy.ts'
import { weightNames } from './torch/torch-names.ts'
import { readTorchZip } from './torch/torch-zip.ts'
import type { LazyTensor, WeightsFile, WeightsFormat } from './weights-file.ts'
import { FOLDER_FILES, readFolderConfig, readShards } from './weights-folder.ts'

/** What may be said of files of weights wherever they are opened. */
export interface OpenWeightsOptions {
  /** Where in a checkpoint with several models: `ema`, `model.teacher`. Without it where programs usually keep the weights. */
  readonly member?: string
}

export interface ReadWeightsOptions extends OpenWeightsOptions {
  /** Files beside this one, which an index names. */
  readonly folder?: SourceFolder
}

export const OPEN_OPTIONS: OptionNames<OpenWeightsOptions> = { member: true }
const READ_OPTIONS: OptionNames<ReadWeightsOptions> = { ...OPEN_OPTIONS, folder: true }

/** As many first bytes as tell the formats apart; the mark of a tar file is the last of them. */
const START = 512
const OTHERS: readonly (readonly [
  isIt: (start: Uint8Array, text: string) => boolean,
  what: string,
  hint: string,
])[] = [
  [
    (_, text) => text.startsWith('version https://git-lfs'),
    'this is a pointer of Git LFS, not the file it stands for',
    'Fetch the file with "git lfs pull", or download it from the page of the model',
  ],
  [
    (_, text) => /^\s*<(!doctype|html)/i.test(text),
    'this is a web page',
    'Download the file that the page leads to',
  ],
  [
    (_, text) => text.slice(1, 4) === 'HDF',
    'HDF5 files (Keras) are not read',
    'Save the weights as safetensors',
  ],
  [
    (_, text) => text.slice(257, 262) === 'ustar',
    'tar files, as PyTorch before 0.1.10 wrote them, are not read',
    'Save the weights again with a newer PyTorch',
  ],
  [([a, b]) => a === 0x1f && b === 0x8b, 'the file is compressed (gzip)', 'Unpack it first'],
]

/**
 * Reads the index of a file of weights, whatever its name: `.safetensors`, an index of shards, what `torch.save` writes now and
 * wrote before 1.6 (`.pth`, `.pt`, `.bin`), and pickles of NumPy arrays (`.pkl` of Detectron and detectron2). The tensors are read
 * from the source when they are asked for. Nothing in a file is executed. Closing closes the source, and so does an error.
 * Throws `WeightError` naming the place for what is damaged, unknown, or asks for more than data.
 */
export async function readWeights(
  source: ByteSource,
  options: ReadWeightsOptions = {},
): Promise<WeightsFile> {
  requireKnownOptions('readWeights', options, READ_OPTIONS)
  try {
    return await read(source, options)
  } catch (error) {
    await source.close()
    throw error
  }
}

/**
 * The same of a folder as model hubs have it: `model.safetensors` or `pytorch_model.bin`, whole or in shards, and `config.json`,
 * which becomes `config` in the metadata.
 */
export async function readWeightsFolder(
  folder: SourceFolder,
  options: OpenWeightsOptions = {},
): Promise<WeightsFile> {
  requireKnownOptions('readWeightsFolder', options, OPEN_OPTIONS)
  for (const name of FOLDER_FILES) {
    const source = await folder.open(name)
    if (!source) continue
    const file = await readWeights(source, { ...options, folder })
    const config = await readFolderConfig(folder).catch(async (error) => {
      await file.close()
      throw error
    })
    return config === undefined ? file : { ...file, metadata: { ...file.metadata, config } }
  }
  throw new WeightError('the folder holds no weights', {
    where: folder.name,
    expected: FOLDER_FILES.join(' or '),
  })
}

async function read(source: ByteSource, { member, folder }: ReadWeightsOptions): Promise<WeightsFile> {
  const start = await readRange(source, 0, Math.min(START, source.size))
  const [first, second] = start
  if (first === 0x50 && second === 0x4b)
    return ofCheckpoint('pytorch zip', source, await readTorchZip(source), member)
  if (isTorchLegacy(start))
    return ofCheckpoint('pytorch legacy', source, await readTorchLegacy(source), member)
  if (first === 0x80 && second >= 2 && second <= 5)
    return ofCheckpoint('pickle', source, await readPickle(source), member)
  const isSafetensors = start[8] === 0x7b && start[7] === 0
  const text = String.fromCharCode(...start)
  const isIndex = /^\s*\{/.test(text)
  if (member !== undefined && (isSafetensors || isIndex)) {
    throw new WeightError('the file holds one model, which has no name in it', {
      where: source.name,
      got: `the member ${member}`,
      hint: 'Leave the member out',
    })
  }
  if (isSafetensors) return readSafetensors(source, start)
  if (isIndex) {
    if (folder) return readShards(source, folder, (shard) => readWeights(shard))
    throw new WeightError('an index of weights is read together with the files beside it', {
      where: source.name,
    })
  }
  const other = OTHERS.find(([isIt]) => isIt(start, text))
  throw new WeightError(other?.[1] ?? 'no file of weights that is known', {
    where: source.name,
    expected: other ? undefined : 'safetensors, a PyTorch file or a pickle of arrays',
    got: other ? undefined : start.length === 0 ? 'an empty file' : `bytes that begin with ${hex(start)}`,
    hint: other?.[2],
  })
}

function hex(start: Uint8Array): string {
  return Array.from(start.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}

async function readPickle(source: ByteSource): Promise<PickleValue> {
  const stream = new PickleStream(source, 0, source.size, source.name)
  const root = await unpickle(stream, { find: weightNames })
  if (stream.position === source.size) return root
  throw new WeightError('file goes on after its pickle', { where: stream.placeOf(stream.position) })
}

function ofCheckpoint(
  format: WeightsFormat,
  source: ByteSource,
  root: PickleValue,
  member: string | undefined,
): WeightsFile {
  const { tensors, metadata, members } = checkpointOf(root, source, member)
  const lazy = new Map<string, LazyTensor>()
  for (const [name, { dtype, shape, read }] of tensors)
    lazy.set(name, lazyTensor(source, name, dtype, shape, read))
  return { format, tensors: lazy, metadata, members, close: source.close }
}

async function readSafetensors(source: ByteSource, start: Uint8Array): Promise<WeightsFile> {
  try {
    const dataStart = safetensorsDataStart(start, source.size)
    const header = await readRange(source, 8, dataStart - 8)
    const { entries, metadata } = parseSafetensorsHeader(header, source.size - dataStart)
    const tensors = new Map<string, LazyTensor>()
    for (const { name, dtype, shape, begin, end } of entries) {
      const read = async () => {
        const bytes = await readRange(source, dataStart + begin, end - begin)
        return { dtype: READ_AS[dtype], shape, data: decodeElements(dtype, bytes) }
      }
      tensors.set(name, lazyTensor(source, name, dtype, shape, read))
    }
    return { format: 'safetensors', tensors, metadata, members: [], close: source.close }
  } catch (cause) {
    throw told(cause, source.name)
  }
}

function lazyTensor(
  source: ByteSource,
  name: string,
  storedAs: StoredDtype,
  shape: readonly number[],
  read: LazyTensor['read'],
): LazyTensor {
  const where = `${source.name}: ${name}`
  return {
    ...{ name, dtype: READ_AS[storedAs], shape, storedAs },
    read: () =>
      read().catch((cause) => {
        throw told(cause, where)
      }),
  }
}

/** An error with the file, or the tensor in it, in front. */
function told(cause: unknown, where: string): unknown {
  return cause instanceof MaskwrightError ? new WeightError(cause.message, { where }, { cause }) : cause
}
