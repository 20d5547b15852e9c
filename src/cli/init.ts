import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, relative, resolve } from 'node:path'
import { Command } from 'commander'
import { ConfigError } from '../errors.ts'
import { writeFileAtomic } from '../node/files.ts'
import { type DataFacts, MINUTES_BASIS, type Suggestion, suggest } from '../train/suggestion.ts'
import { suggestionText } from '../train/suggestion-text.ts'
import type { CommandContext } from './command-context.ts'
import { jsonFlag } from './flags.ts'
import { type LookedAt, lookAt } from './init-facts.ts'
import { printJson, printLine } from './print.ts'

interface InitFlags {
  readonly annotations?: string
  readonly val?: string
  readonly recursive?: boolean
  readonly out: string
  readonly json?: boolean
}

/** What a folder of photos is taken for where none is named. */
const USUAL: LookedAt = {
  data: { images: 50, shorterSide: 480, elongation: 4 / 3 },
  images: 'images',
  annotations: 'train.json',
  todo: [
    'no photos were named: it is for some 50 images of about 640 x 480 in the folder images, labelled in train.json; name your own folder to have it fit',
  ],
}

export function initCommand({ signal }: CommandContext): Command {
  return new Command('init')
    .description('Write a configuration for training on a few photos, with a reason beside every line.')
    .argument('[photos]', 'folder of the images; their labels are looked for in and beside it')
    .option('--annotations <file>', 'labels of the images to train on (COCO, or any format that is read)')
    .option('--val <file>', 'COCO file of the images to validate on')
    .option('--recursive', 'take the images in the folders of the folder as well')
    .option('--out <file>', 'the configuration; a file that exists is not replaced', 'my-config.ts')
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright init photos' +
        '\n  $ maskwright init photos --annotations train.json --val val.json --out leaves.ts',
    )
    .action(
      async (
        photos: string | undefined,
        { annotations, val, recursive, out, json }: InitFlags,
        command: Command,
      ) => {
        if (!photos && (annotations || val))
          command.error('--annotations and --val need the folder of the photos')
        if (!/\.m?ts$/.test(out)) command.error('--out must end in .ts or .mts: the reasons are comments')
        if (existsSync(out)) {
          throw new ConfigError('the file exists and is not replaced', {
            where: out,
            hint: 'Name another with --out, or remove it',
          })
        }
        const found = photos
          ? await lookAt(photos, { annotations, val, recursive, target: dirname(out), signal })
          : USUAL
        const facts = { ...found.data, cores: availableParallelism() }
        const chosen = suggest(facts)
        const inFile = (path: string) =>
          photos ? relative(dirname(resolve(out)), resolve(path)) || '.' : path
        const { images, annotations: train = 'train.json', val: validation } = found
        const text = suggestionText(facts, chosen, {
          images: inFile(images),
          annotations: found.annotations ? inFile(train) : train,
          val: validation
            ? { images: inFile(validation.images), annotations: inFile(validation.annotations) }
            : null,
          file: out,
        })
        await writeFileAtomic(out, text)
        if (json)
          printJson({ file: out, facts, chosen, minutes_basis: MINUTES_BASIS, todo: found.todo ?? [] })
        else for (const line of summary(out, facts, chosen, found)) printLine(line)
      },
    )
}

function summary(
  out: string,
  { images, objects }: DataFacts,
  { minutes, steps }: Suggestion,
  { todo = [] }: LookedAt,
) {
  const labels = objects
    ? `${objects.count} objects (${objects.categories.length === 1 ? objects.categories[0] : `${objects.categories.length} categories`}), ${Math.round(objects.median)} px in the middle`
    : 'no labels'
  return [
    `${out} is for ${images} images with ${labels}`,
    `its ${steps} steps take about ${minutes[0]} to ${minutes[1]} minutes on this machine, an estimate ${MINUTES_BASIS}`,
    ...todo,
    `then: maskwright train ${/\s/.test(out) ? JSON.stringify(out) : out}`,
  ]
}
