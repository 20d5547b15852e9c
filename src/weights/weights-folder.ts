/** Models of several files: shards with an index, and folders as model hubs have them. */
import { WeightError } from '../errors.ts'
import { type ByteSource, readRange, type SourceFolder } from './byte-source.ts'
import type { LazyTensor, PlainValue, WeightsFile } from './weights-file.ts'

export type ReadShard = (source: ByteSource) => Promise<WeightsFile>

/** What a folder of weights is read from, the first that is there. */
export const FOLDER_FILES: readonly string[] = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
]
const FOLDER_CONFIG = 'config.json'
const MOST_JSON = 1 << 26

/**
 * The tensors that an index (`model.safetensors.index.json`) finds in the files beside it. Throws `WeightError` where a file or a
 * tensor is missing, and where a file has one that the index does not know of.
 */
export async function readShards(
  index: ByteSource,
  folder: SourceFolder,
  read: ReadShard,
): Promise<WeightsFile> {
  const { weight_map: map, metadata } = await readJson(index)
  if (!isRecord(map) || !Object.values(map).every((file) => typeof file === 'string')) {
    throw new WeightError('no index of weights', {
      where: index.name,
      expected: 'a weight_map of names of tensors to names of files',
    })
  }
  const opened: WeightsFile[] = []
  const close = async () => {
    for (const file of opened) await file.close()
    await index.close()
  }
  try {
    const found = new Map<string, LazyTensor>()
    for (const name of new Set(Object.values(map) as string[])) {
      const file = await read(await shardOf(index, folder, name))
      opened.push(file)
      for (const [tensor, lazy] of file.tensors) {
        if (!Object.hasOwn(map, tensor) || map[tensor] !== name)
          throw new WeightError(`${name} holds a tensor that the index does not find there`, {
            where: index.name,
            got: tensor,
          })
        found.set(tensor, lazy)
      }
    }
    const tensors = new Map<string, LazyTensor>()
    for (const [tensor, name] of Object.entries(map)) {
      const lazy = found.get(tensor)
      if (!lazy)
        throw new WeightError(`${name} lacks a tensor that the index finds there`, {
          where: index.name,
          got: tensor,
        })
      tensors.set(tensor, lazy)
    }
    if (opened.length === 0) throw new WeightError('the index names no tensors', { where: index.name })
    return {
      format: opened[0].format,
      tensors,
      metadata: isRecord(metadata) ? (metadata as WeightsFile['metadata']) : {},
      members: [],
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function shardOf(index: ByteSource, folder: SourceFolder, name: string): Promise<ByteSource> {
  // Only files beside the index: an index from elsewhere does not choose what is read.
  const isPlain = /^[\w.-]+$/.test(name) && !/^\.+$/.test(name)
  const shard = isPlain ? await folder.open(name) : undefined
  if (shard) return shard
  throw new WeightError('a file that the index names is not beside it', {
    where: index.name,
    expected: isPlain ? `${name} in ${folder.name}` : 'plain names of files',
    got: isPlain ? undefined : name.slice(0, 80),
  })
}

/** The settings that model hubs put beside the weights; undefined where there are none. */
export async function readFolderConfig(folder: SourceFolder): Promise<PlainValue | undefined> {
  const source = await folder.open(FOLDER_CONFIG)
  if (!source) return undefined
  try {
    return (await readJson(source)) as PlainValue
  } finally {
    await source.close()
  }
}

async function readJson(source: ByteSource): Promise<Record<string, unknown>> {
  if (source.size > MOST_JSON) throw new WeightError('file is too large for an index', { where: source.name })
  const bytes = await readRange(source, 0, source.size)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new WeightError('file is not JSON', { where: source.name }, { cause })
  }
  if (isRecord(value)) return value
  throw new WeightError('file is not a JSON object', { where: source.name })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
