/** Trainings of several processes, started together by `mpirun`. */
import { createHash } from 'node:crypto'
import type { Dataset } from '../data/dataset.ts'
import { ConfigError } from '../errors.ts'
import { mpiLaunch } from '../node/mpi-launch.ts'
import { type MpiRanks, openMpiRanks } from '../node/mpi-ranks.ts'
import { packageVersion } from '../node/package-files.ts'
import { hashNumber, rankCores } from '../node/rank-cores.ts'
import { gathered, type Ranks } from '../runtime/ranks.ts'
import type { Device } from '../runtime/session.ts'
import type { ResolvedConfig } from '../train/train-config.ts'
import { mute, say } from './print.ts'
import type { TrainingData } from './train-data.ts'

/** The processes that this one trains with; undefined where it was started alone. All but the first say nothing from here on. */
export async function joinRanks(device: Device | 'auto', signal: AbortSignal): Promise<MpiRanks | undefined> {
  const launch = mpiLaunch(process.env)
  if (!launch) return undefined
  if (device !== 'cpu') {
    throw new ConfigError('processes of mpirun compute on the CPU', {
      where: '--device',
      expected: 'cpu',
      got: device,
      hint: 'Start one process without mpirun for a GPU',
    })
  }
  const ranks = await openMpiRanks(launch, { env: process.env, signal })
  if (ranks.rank > 0) mute()
  return ranks
}

/** Throws `ConfigError` where mpirun has started several processes for what one does. */
export function requireAlone(where: string): void {
  if (!mpiLaunch(process.env)) return
  throw new ConfigError('one process does this', {
    where,
    expected: 'one configuration under mpirun, without --seeds and --sweep',
    hint: 'Start it without mpirun; settings for photos are printed by --dry-run',
  })
}

/** The configuration with this process's share of the cores, where no number of threads was asked for. */
export async function sharingCores(ranks: Ranks, config: ResolvedConfig): Promise<ResolvedConfig> {
  const { share, note } = await rankCores(ranks)
  const threads = config.threads ?? share
  if (note && config.threads === null) say(note)
  const each = `${config.batchSize * config.accumulate}`
  say(
    `${ranks.size} processes, threads of this one: ${threads}; a step learns from ${ranks.size} x ${each} images`,
  )
  return { ...config, threads }
}

/** Throws `ConfigError` in all processes where one has another configuration, other data or another version than the first. */
export async function requireSameTraining(
  ranks: Ranks,
  config: ResolvedConfig,
  data: TrainingData,
): Promise<void> {
  const facts = {
    version: packageVersion(),
    configuration: configurationText(config),
    'images and labels': labelsText(data.train),
  }
  for (const [what, text] of Object.entries(facts)) {
    const hashes = await gathered(ranks, hashNumber(text))
    const other = hashes.findIndex((hash) => hash !== hashes[0])
    if (other < 0) continue
    throw new ConfigError(`the processes do not have the same ${what}`, {
      got: `a difference between process ${other} and process 0`,
      hint: 'Give all of them the same package, configuration file and annotations',
    })
  }
}

/** What a step depends on: places of files may be others on other machines. */
function configurationText({ threads: _, workers: __, ...config }: ResolvedConfig): string {
  const { images: ___, annotations: ____, ...train } = config.data.train
  return JSON.stringify({ ...config, initialWeights: null, data: { ...config.data, train, val: null } })
}

function labelsText({ images, annotations, categories }: Dataset): string {
  const hash = createHash('sha256').update(JSON.stringify(categories))
  for (const image of images) {
    hash.update(JSON.stringify(image))
    for (const { categoryId, box, isCrowd } of annotations.get(image.id) ?? []) {
      hash.update(`${categoryId} ${box.join(' ')} ${isCrowd}\n`)
    }
  }
  return hash.digest('hex')
}
