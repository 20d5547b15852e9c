import { join } from 'node:path'
import { Command } from 'commander'
import type { Dataset } from '../data/dataset.ts'
import { parseCoco } from '../data/formats/coco.ts'
import { parseCocoResults } from '../data/formats/coco-results.ts'
import { checkImages } from '../data/loader.ts'
import { ConfigError } from '../errors.ts'
import { evaluateCoco } from '../evaluation/coco-metric.ts'
import type { IouType } from '../evaluation/evaluation-params.ts'
import { decodeImage } from '../node/decode-image.ts'
import { loadJson } from '../node/files.ts'
import { existsIn } from '../node/image-folder.ts'
import { nodePlatform } from '../node/platform.ts'
import { detectDataset } from '../predict/detect-dataset.ts'
import { countInstances, type EvaluatedIou, evaluateDetections } from '../predict/evaluate-model.ts'
import { loadSegmenter } from '../predict/segmenter.ts'
import type { Device } from '../runtime/session.ts'
import { deviceFlag, jsonFlag, listOf, threadsFlag } from './flags.ts'
import type { CommandContext } from './main.ts'
import { printJson, printLine, say } from './print.ts'
import { startProgress } from './progress.ts'

interface EvaluateFlags {
  readonly model?: string
  readonly images?: string
  readonly results?: string
  readonly annotations: string
  readonly iou?: readonly IouType[]
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly json?: boolean
}

type Figures = Partial<Record<IouType, object>>

/** Scores below this cannot change a figure worth reading, and cost time. */
const MIN_SCORE = 0.01

export function evaluateCommand({ signal }: CommandContext): Command {
  return new Command('evaluate')
    .description(
      "Average precision and recall as COCO's own tool computes them, of a model or of a results file.",
    )
    .option('--model <model>', 'name of a bundled model, or a model file')
    .option('--images <folder>', 'folder of the images that the annotations name')
    .option('--results <file>', 'COCO results array, instead of a model')
    .requiredOption('--annotations <file>', 'COCO annotations')
    .option(
      '--iou <kinds>',
      'bbox, segm, boundary, keypoints (default: what the model makes)',
      listOf(['bbox', 'segm', 'boundary', 'keypoints'] as const),
    )
    .addOption(deviceFlag())
    .addOption(threadsFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright evaluate --model nuclei --images val --annotations val.json --iou bbox,segm' +
        '\n  $ maskwright evaluate --results results.json --annotations val.json --iou segm',
    )
    .action(async (flags: EvaluateFlags, command: Command) => {
      if (Boolean(flags.model) === Boolean(flags.results)) {
        command.error('either --model with --images or --results is needed')
      }
      if (flags.model && !flags.images) {
        command.error('--model needs --images, the folder of the annotated images')
      }
      const figures = flags.results
        ? await evaluateResults(flags.results, flags)
        : await evaluateModel(flags, signal)
      if (flags.json) printJson(figures)
      else printFigures(figures)
    })
}

async function evaluateResults(file: string, flags: EvaluateFlags): Promise<Figures> {
  const dataset = await loadAnnotations(flags.annotations)
  const results = parseCocoResults(await loadJson(file), file, dataset)
  const figures: Figures = {}
  for (const iouType of flags.iou ?? ['bbox']) {
    figures[iouType] = evaluateCoco({ groundTruth: dataset, results, iouType }).stats
  }
  return figures
}

async function evaluateModel(
  { model = '', images = '', annotations, iou, device, threads }: EvaluateFlags,
  signal: AbortSignal,
): Promise<Figures> {
  const dataset = await loadAnnotations(annotations)
  await checkImages(dataset, existsIn(images), annotations)
  const segmenter = await loadSegmenter(nodePlatform, model, { device, threads })
  const progress = startProgress(dataset.images.length, 'images')
  try {
    const results = await detectDataset(
      dataset,
      ({ fileName }) => decodeImage(join(images, fileName)),
      (image) => segmenter.segment(image, { score: MIN_SCORE, signal }),
      { signal, onImage: (done, image) => progress.step(done, image.fileName) },
    )
    progress.end()
    const makesMasks = segmenter.metadata.architecture.model === 'mask-rcnn'
    const kinds = (iou ?? (makesMasks ? ['bbox', 'segm'] : ['bbox'])).map((kind) =>
      checkedKind(kind, makesMasks, model),
    )
    if (makesMasks) {
      const { accuracy, f1, truePositives, falsePositives, falseNegatives } = countInstances(
        dataset,
        results,
        0.5,
      )
      say(
        `masks at IoU 0.5, score 0.5: ${truePositives} found, ${falsePositives} false, ${falseNegatives} missed; ` +
          `TP / (TP + FN + FP) ${accuracy.toFixed(3)}, F1 ${f1.toFixed(3)}`,
      )
    }
    return evaluateDetections(dataset, results, kinds)
  } finally {
    progress.end()
    await segmenter.dispose()
  }
}

function checkedKind(kind: IouType, makesMasks: boolean, model: string): EvaluatedIou {
  if (kind === 'keypoints' || (kind !== 'bbox' && !makesMasks)) {
    throw new ConfigError(`this model does not predict what ${kind} measures`, {
      where: model,
      hint: 'Choose another --iou.',
    })
  }
  return kind
}

async function loadAnnotations(file: string): Promise<Dataset> {
  return parseCoco(await loadJson(file), file, { onDegenerate: 'keep' })
}

function printFigures(figures: Figures): void {
  for (const [kind, stats] of Object.entries(figures)) {
    const cells = Object.entries(stats as Record<string, number>).map(
      ([name, value]) => `${name} ${value < 0 ? '-' : value.toFixed(3)}`,
    )
    printLine(`${kind.padEnd(9)} ${cells.join('  ')}`)
  }
}
