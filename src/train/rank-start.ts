/** What several processes share before they train one model together. */
import { ConfigError } from '../errors.ts'
import type { Ranks } from '../runtime/ranks.ts'
import { tensor } from '../tensor/tensor.ts'
import { LAST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import type { RunFiles } from './run-files.ts'
import type { RunOptions } from './run-options.ts'
import type { State } from './state.ts'

/**
 * The options of a run as this rank follows them: one folder has one writer, wherever the others run, so ranks after the first keep
 * and tell nothing, and find the first one's checkpoint alone. Throws `ConfigError` for what several processes cannot do.
 */
export async function optionsOfRank(options: RunOptions): Promise<RunOptions> {
  const { ranks, config, files } = options
  if (!ranks) return options
  if (config.earlyStop) {
    throw new ConfigError('several processes do not stop early', {
      where: 'earlyStop',
      expected: 'null',
      got: JSON.stringify(config.earlyStop),
      hint: 'Leave it out, or train in one process without mpirun',
    })
  }
  if (config.freeze?.features === 'disk') {
    throw new ConfigError('several processes keep no features on disk', {
      where: 'freeze.features',
      expected: "'none'",
      got: "'disk'",
      hint: 'Leave it out, or train in one process without mpirun',
    })
  }
  const checkpoint = await bytesOfFirst(
    ranks,
    ranks.rank === 0 ? await files.read(LAST_CHECKPOINT) : undefined,
  )
  return ranks.rank === 0 ? options : { ...options, files: nothingBut(checkpoint), on: undefined }
}

/** The numbers of rank 0 in every rank. States have the same tensors everywhere, by name and shape. */
export async function stateOfFirst(ranks: Ranks, state: State): Promise<State> {
  const shared = new Map(state)
  for (const [name, { shape, data }] of state) {
    const copy = Float32Array.from(data)
    await ranks.broadcast(new Uint8Array(copy.buffer))
    shared.set(name, tensor('float32', shape, copy))
  }
  return shared
}

async function bytesOfFirst(ranks: Ranks, own: Uint8Array | undefined): Promise<Uint8Array | undefined> {
  const length = Float64Array.of(ranks.rank === 0 ? (own?.length ?? -1) : 0)
  await ranks.sum(length)
  if (length[0] < 0) return undefined
  const bytes = own ?? new Uint8Array(length[0])
  await ranks.broadcast(bytes)
  return bytes
}

function nothingBut(checkpoint: Uint8Array | undefined): RunFiles {
  return {
    read: async (name) => (name === LAST_CHECKPOINT ? checkpoint : undefined),
    write: async () => {},
    append: async () => {},
    clear: async () => {},
    freeBytes: async () => undefined,
  }
}
