import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { Command } from 'commander'
import { ConfigError } from '../errors.ts'
import { writeFileAtomic } from '../node/files.ts'
import { listImages } from '../node/image-list.ts'
import { factsOf, factsOfSizes } from '../train/data-facts.ts'
import { configText, suggestedSettings } from '../train/suggested-settings.ts'
import { type DataFacts, suggest, usualSteps } from '../train/suggestion.ts'
import type { CommandContext } from './command-context.ts'
import type { LabelledSplit } from './data/labelled-source.ts'
import { jsonFlag } from './flags.ts'
import { machineFacts, measuredSizes } from './photos/data-facts.ts'
import { type FoundData, findData, isCocoFile } from './photos/found-data.ts'
import { type FoundLabels, LOOKED_FOR } from './photos/found-labels.ts'
import { printJson, printLine, shellWord } from './print.ts'

interface InitFlags {
  readonly annotations?: string
  readonly val?: string
  readonly recursive?: boolean
  readonly out: string
  readonly json?: boolean
}

/** What the configuration is about. */
interface Subject {
  readonly facts: DataFacts
  readonly images: string
  /** COCO file of the labels, which may still be to be made (`todo`). */
  readonly annotations: string
  readonly val?: { readonly images: string; readonly annotations: string }
  /** What is to be done before the training, a line each. */
  readonly todo: readonly string[]
}

export function initCommand({ signal }: CommandContext): Command {
  return new Command('init')
    .description(
      'Write a configuration for training on a few photos, with a reason beside every line: what "train PHOTOS" chooses, to be changed.',
    )
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
    .action(async (photos: string | undefined, flags: InitFlags, command: Command) => {
      const { annotations, val, out, json } = flags
      if (!photos && (annotations || val))
        command.error('--annotations and --val need the folder of the photos')
      if (!/\.m?ts$/.test(out)) command.error('--out must end in .ts or .mts: the reasons are comments')
      if (existsSync(out)) {
        throw new ConfigError('the file exists and is not replaced', {
          where: out,
          hint: 'Name another with --out, or remove it',
        })
      }
      const subject = photos ? await subjectOf(photos, flags, signal) : usualSubject()
      const { facts, todo } = subject
      const chosen = suggest(facts)
      const steps = usualSteps(facts.images, chosen)
      const inFile = (path: string) => (photos ? relative(dirname(resolve(out)), resolve(path)) || '.' : path)
      const settings = suggestedSettings(
        facts,
        chosen,
        {
          steps,
          evaluateEvery: Math.max(100, Math.ceil(steps / 4)),
          reason: 'double it if the curves of the report still rise',
        },
        {
          images: inFile(subject.images),
          annotations: inFile(subject.annotations),
          val: subject.val
            ? { images: inFile(subject.val.images), annotations: inFile(subject.val.annotations) }
            : null,
        },
      )
      await writeFileAtomic(
        out,
        configText(settings, [
          'A first training, small enough for a laptop.',
          '',
          `  npx maskwright train ${out}`,
        ]),
      )
      if (json) printJson({ file: out, facts, chosen: { ...chosen, steps }, todo })
      else for (const line of summary(out, steps, subject)) printLine(line)
    })
}

/** What a folder of photos is taken for where none is named. */
function usualSubject(): Subject {
  return {
    facts: { images: 50, shorterSide: 480, elongation: 4 / 3, ...machineFacts() },
    images: 'images',
    annotations: 'train.json',
    todo: [
      'no photos were named: it is for some 50 images of about 640 x 480 in the folder images, labelled in train.json; name your own folder to have it fit',
    ],
  }
}

/** Throws `DataError` where there are no images, or labels that were named cannot be read. */
async function subjectOf(
  photos: string,
  { annotations, val, recursive, out }: InitFlags,
  signal: AbortSignal,
): Promise<Subject> {
  const files = await listImages(photos, { recursive })
  const sizes = await measuredSizes(files)
  const found = await findData(photos, files, { labels: annotations, val, signal })
  const { labels } = found
  if (!labels) {
    const todo = [`${LOOKED_FOR} with --annotations`, LABEL_FIRST]
    return { facts: factsOfSizes(sizes, machineFacts()), images: photos, annotations: 'train.json', todo }
  }
  const { dataset, images = photos } = labels.split
  const facts = factsOf(dataset, machineFacts())
  if (!isCocoFile(labels)) return { facts, images, ...converted(labels, found, photos, dirname(out)) }
  return { facts, images, annotations: labels.source, ...validated(found) }
}

const LABEL_FIRST =
  'to make some, label the images (Labelme, CVAT, Label Studio and others); "maskwright train" reads what they write'
const NO_VAL =
  'there are no images to validate, so nothing tells how good the model is: "maskwright data split" keeps a fifth apart'

function validated({ val }: FoundData): Pick<Subject, 'val' | 'todo'> {
  if (!val) return { todo: [NO_VAL] }
  if (val.images) return { val: { images: val.images, annotations: val.source }, todo: [] }
  const [first, second] = val.tried ?? []
  return {
    todo: [
      `name the folder of the images of ${val.source} in data.val: the first is not in ${first} or ${second}`,
    ],
  }
}

/** Labels of other formats, or of several files, become a COCO file a split first. */
function converted(
  { source, from, images, splits, split }: FoundLabels,
  { val }: FoundData,
  photos: string,
  target: string,
): Pick<Subject, 'annotations' | 'val' | 'todo'> {
  const isOne = splits.length === 1
  const to = join(target, isOne ? 'train.json' : 'coco')
  const fileOf = ({ split }: LabelledSplit) => (isOne ? to : join(to, 'annotations', `${split}.json`))
  const flags = [
    ...(from ? ['--from', from] : []),
    '--to coco',
    ...(images && source !== photos ? ['--images', shellWord(images)] : []),
  ]
  const command = `maskwright data convert ${shellWord(source)} ${shellWord(to)} ${flags.join(' ')}`
  const own = val && splits.includes(val.split) && val.images ? val : undefined
  return {
    annotations: fileOf(split),
    ...(own?.images && { val: { images: own.images, annotations: fileOf(own.split) } }),
    todo: [`make the COCO ${isOne ? 'file' : 'files'} it names: ${command}`, ...(own ? [] : [NO_VAL])],
  }
}

function summary(out: string, steps: number, { facts, todo }: Subject): string[] {
  const { images, objects } = facts
  const labels = objects
    ? `${objects.count} objects (${objects.categories.length === 1 ? objects.categories[0] : `${objects.categories.length} categories`}), ${Math.round(objects.median)} px in the middle`
    : 'no labels'
  return [
    `${out} is for ${images} images with ${labels}, and ${steps} steps; a training says after five of them how long it takes`,
    ...todo,
    `then: maskwright train ${shellWord(out)}`,
  ]
}
