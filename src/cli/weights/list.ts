import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { cacheFolder, modelPlace } from '../../node/model-cache.ts'
import { PUBLISHED } from '../../weights/published/published-table.ts'
import type { PublishedFigures, PublishedWeights } from '../../weights/published/published-weights.ts'
import type { CommandContext } from '../command-context.ts'
import { table } from '../data/text-table.ts'
import { jsonFlag } from '../flags.ts'
import { printJson, printLine } from '../print.ts'

export function listCommand(_: CommandContext): Command {
  return new Command('list')
    .description('List the published weights that "weights pull" downloads, with figures and licences.')
    .addOption(jsonFlag())
    .action(({ json }: { readonly json?: boolean }) => {
      const rows = PUBLISHED.map((weights) => ({ ...weights, file: placeOf(weights) }))
      if (json) printJson(rows)
      else for (const line of listText(rows)) printLine(line)
    })
}

type Row = PublishedWeights & { readonly file: string | null }

/** Where the model is, if it was pulled. */
function placeOf(weights: PublishedWeights): string | null {
  const place = modelPlace(weights)
  return existsSync(place) ? place : null
}

function* listText(rows: readonly Row[]): Generator<string> {
  const head = ['name', 'of', 'publisher', 'MiB', 'published', 'licence', 'here']
  for (const [title, kind] of TITLES) {
    yield title
    yield* table([
      head,
      ...rows
        .filter((row) => row.kind === kind)
        .map(({ name, architecture, publisher, mebibytes, figures, licence, file }) => [
          name,
          architecture,
          publisher,
          mebibytes === undefined ? '-' : mebibytes.toFixed(0),
          figuresText(figures) || '-',
          licence.isRestricted ? `${licence.name}, ${licence.note}` : licence.name,
          file ? 'yes' : '-',
        ]),
    ])
  }
  yield '\nAP on the validation images of COCO 2017, top 1 on those of ImageNet, in percent, as published; --json says where.'
  yield 'No licence here speaks of the pictures that the weights were trained on.'
  yield `Models are kept in ${cacheFolder()}`
}

const TITLES = [
  ['Models', 'model'],
  ['\nBodies, to start a training from', 'body'],
] as const

/** In the order of the keys. */
const FIGURE_NAMES: Readonly<Record<keyof PublishedFigures, string>> = {
  box: 'box AP',
  mask: 'mask AP',
  keypoints: 'keypoint AP',
  top1: 'top 1',
}

function figuresText(figures: PublishedFigures): string {
  return (Object.keys(FIGURE_NAMES) as (keyof PublishedFigures)[])
    .flatMap((key) => {
      const value = figures[key]
      return value === undefined ? [] : [`${FIGURE_NAMES[key]} ${value.toFixed(1)}`]
    })
    .join(', ')
}
