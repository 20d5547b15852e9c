import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Command } from 'commander'
import { ConfigError } from '../../errors.ts'
import { bodyWeights } from '../../models/body-weights.ts'
import { cocoCategories } from '../../models/coco-categories.ts'
import { importWeights } from '../../models/import-weights.ts'
import { encodeBodyFile } from '../../models/model-file.ts'
import { PRESETS } from '../../models/presets.ts'
import { nearestName } from '../../names/nearest-name.ts'
import { downloadFile } from '../../node/download-file.ts'
import { makeFolder, writeFileAtomic } from '../../node/files.ts'
import { downloadPlace, modelPlace } from '../../node/model-cache.ts'
import { openWeights } from '../../node/weights-files.ts'
import { PUBLISHED } from '../../weights/published/published-table.ts'
import {
  DIGEST_DIGITS,
  type Digest,
  type PublishedFigures,
  type PublishedWeights,
} from '../../weights/published/published-weights.ts'
import type { CommandContext } from '../command-context.ts'
import { printLine, say } from '../print.ts'
import { type ProgressBar, startProgress } from '../progress.ts'

interface PullFlags {
  readonly acceptLicence?: string
}

export function pullCommand({ signal }: CommandContext): Command {
  return new Command('pull')
    .description(
      'Download published weights and make a model file of them, which every command then takes by name. A download that ' +
        'broke off is continued.',
    )
    .argument('<name>', 'a name of "weights list"')
    .option('--accept-licence <licence>', 'for weights whose licence rules out what others allow: its name')
    .addHelpText(
      'after',
      `
Example:
  $ maskwright weights pull maskrcnn_resnet50_fpn_v2
  $ maskwright predict photo.jpg --model maskrcnn_resnet50_fpn_v2

Files go to MASKWRIGHT_CACHE, else where the system keeps caches. HTTP_PROXY, HTTPS_PROXY and NO_PROXY are heeded.`,
    )
    .action(async (name: string, { acceptLicence }: PullFlags) => {
      printLine(await pull(name, { acceptLicence, signal }))
    })
}

export interface PullOptions {
  /** Name of a restricted licence that whoever downloads knows. */
  readonly acceptLicence?: string
  readonly signal?: AbortSignal
}

/**
 * Downloads published weights and makes a model file of them; returns where it lies. Throws `ConfigError` for names that are
 * not in the table and for licences that were not accepted, `DataError` and `WeightError` where the download or the file fails.
 */
export async function pull(
  name: string,
  { acceptLicence, signal }: PullOptions,
  table: readonly PublishedWeights[] = PUBLISHED,
): Promise<string> {
  const weights = find(name, table)
  const place = modelPlace(weights)
  if (existsSync(place)) {
    say(`${name} is here already`)
    return place
  }
  requireAccepted(weights, acceptLicence)
  const file = downloadPlace(weights)
  await download(weights, file, signal)
  const bytes = await converted(weights, file)
  await makeFolder(dirname(place))
  await writeFileAtomic(place, bytes)
  await rm(dirname(file), { recursive: true, force: true })
  return place
}

function find(name: string, table: readonly PublishedWeights[]): PublishedWeights {
  const found = table.find((weights) => weights.name === name)
  if (found) return found
  const near = nearestName(
    name,
    table.map((weights) => weights.name),
  )
  throw new ConfigError(
    `no published weights of that name are known${near ? `; did you mean ${near}?` : ''}`,
    {
      where: name,
      hint: 'maskwright weights list prints all; files of others are read by weights import',
    },
  )
}

function requireAccepted({ name, licence }: PublishedWeights, accepted: string | undefined): void {
  if (!licence.isRestricted || accepted === licence.name) return
  throw new ConfigError(`the weights have a licence that has to be accepted: ${licence.note}`, {
    where: name,
    expected: `--accept-licence ${licence.name}`,
    got: accepted,
    hint: `Read it at ${licence.url}`,
  })
}

async function download(weights: PublishedWeights, file: string, signal?: AbortSignal): Promise<void> {
  const { name, url, digest, licence } = weights
  say(`${name}: ${url}`)
  say(`Licence: ${licence.name}${licence.note ? `, ${licence.note}` : ''} (${licence.url})`)
  let bar: ProgressBar | undefined
  try {
    await downloadFile(url, file, {
      digest,
      signal,
      onBytes: (loaded, total) => {
        if (total === undefined) return
        bar ??= startProgress(Math.ceil(total / 1e6), 'MB')
        bar.step(Math.round(loaded / 1e6))
      },
      onWait: () => say('Another process is downloading the same file: waiting for it'),
      onRetry: (reason) => say(`${reason}: trying again`),
    })
  } finally {
    bar?.end()
  }
  say(checkedText(digest))
}

/** How sure it is that the file is the one that was published. */
function checkedText(digest: Digest | undefined): string {
  if (!digest) return 'Its publisher states no digest: the file is whole, and not compared with anything'
  const { algorithm, hex } = digest
  const all = DIGEST_DIGITS[algorithm]
  if (hex.length === all) return `${algorithm} is right`
  return `The first ${hex.length} of ${all} digits of its ${algorithm} are right; its publisher states no more`
}

/** The published file as a model file, or as weights of a body. */
async function converted(weights: PublishedWeights, path: string): Promise<Uint8Array> {
  const { kind, architecture, normEpsilon, url, figures, licence } = weights
  const file = await openWeights(path)
  try {
    if (kind === 'body') return encodeBodyFile(architecture, (await bodyWeights(file, architecture)).tensors)
    const { numClasses } = PRESETS[architecture]()
    const { bytes } = await importWeights(file, {
      architecture,
      categories: cocoCategories(numClasses),
      normEpsilon,
      licence: licence.note ? `${licence.name}: ${licence.note}` : licence.name,
      source: url,
      figures: modelFigures(figures),
    })
    return bytes
  } finally {
    await file.close()
  }
}

/** By the names that evaluations have, as parts of one. */
function modelFigures(figures: PublishedFigures): Record<string, number> {
  const names = { box: 'bbox AP', mask: 'segm AP', keypoints: 'keypoints AP', top1: 'top 1' } as const
  return Object.fromEntries(
    (Object.keys(names) as (keyof PublishedFigures)[]).flatMap((key) => {
      const percent = figures[key]
      return percent === undefined ? [] : [[names[key], percent / 100]]
    }),
  )
}
