import { basename, join } from 'node:path'
import { Command, Option } from 'commander'
import { annotationPlace } from '../../data/annotation-losses.ts'
import { type Annotation, annotationsOf, type DatasetImage, requireStatedSize } from '../../data/dataset.ts'
import { cutRegion } from '../../data/image-reading.ts'
import { Losses } from '../../data/losses.ts'
import { cutAnnotation } from '../../data/tile-dataset.ts'
import { ConfigError, DataError } from '../../errors.ts'
import { cocoText } from '../../formats/coco/coco-writer.ts'
import type { FormatName } from '../../formats/format.ts'
import { stemsOf } from '../../formats/split-folders.ts'
import { type Region, tileRegions } from '../../geometry/regions.ts'
import { dataTarget } from '../../node/data-folder.ts'
import { decodeImage, encodePng } from '../../node/decode-image.ts'
import { allOrNone, type FileTransaction } from '../../node/file-transaction.ts'
import { imagePathIn } from '../../node/image-folder.ts'
import type { CommandContext } from '../command-context.ts'
import { jsonFlag, numberFromZero, probability, wholeNumber } from '../flags.ts'
import { printJson, printLine } from '../print.ts'
import { startProgress } from '../progress.ts'
import { chosenSplit, FORMAT_CHOICES, readLabelled } from './labelled-source.ts'
import { type LossLists, lossText } from './loss-text.ts'
import { forceFlag, requireVacant } from './targets.ts'

interface CropFlags {
  readonly out: string
  readonly size: number
  readonly overlap: number
  readonly minVisible: number
  readonly dropEmpty?: boolean
  readonly images?: string
  readonly from: FormatName | 'auto'
  readonly split?: string
  readonly force?: boolean
  readonly json?: boolean
}

export function cropCommand({ signal }: CommandContext): Command {
  return new Command('crop')
    .description('Cut large images and their labels into tiles.')
    .argument('<source>', 'a COCO file, or data in another format')
    .requiredOption('--out <folder>', 'where annotations.json and the folder images go')
    .requiredOption('--size <px>', 'side of a tile in pixels', wholeNumber)
    .option('--overlap <px>', 'pixels that neighbouring tiles have in common, at least', numberFromZero, 0)
    .option(
      '--min-visible <share>',
      'keep objects cut by a border from this share of their area',
      probability,
      0.3,
    )
    .option('--drop-empty', 'leave out tiles on which nothing is annotated')
    .option('--images <folder>', 'where the images are (default: beside the source, or in images)')
    .addOption(new Option('--from <format>', 'format of the data').choices(FORMAT_CHOICES).default('auto'))
    .option('--split <name>', 'the split to cut, where the source has several')
    .addOption(forceFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExample:\n  $ maskwright data crop slides.json --images slides --size 1024 --overlap 128 --out tiles',
    )
    .action(async (source: string, flags: CropFlags) => {
      const report = await allOrNone((files) => crop(source, flags, files, signal))
      if (flags.json) printJson(report)
      else for (const line of cropText(report)) printLine(line)
    })
}

interface CropReport extends LossLists {
  readonly source: string
  readonly out: string
  readonly images: number
  readonly annotations: number
  readonly tiles: number
  /** Annotations on all tiles, and how many of them are cut. */
  readonly pieces: number
  readonly cut: number
}

async function crop(
  source: string,
  flags: CropFlags,
  files: FileTransaction,
  signal: AbortSignal,
): Promise<CropReport> {
  const { out, size, overlap, force } = flags
  if (overlap >= size) {
    throw new ConfigError('tiles overlap too far', {
      where: '--overlap',
      expected: `less than --size, ${size}`,
      got: `${overlap}`,
    })
  }
  await requireVacant([out], flags)
  const losses = new Losses()
  const read = await readLabelled(source, { from: flags.from, images: flags.images, losses, signal })
  const { name, dataset, images: folder } = chosenSplit(read, source, flags.split)
  if (folder === undefined) {
    throw new DataError('the images were not found beside the data', {
      where: source,
      hint: 'Give their folder with --images',
    })
  }
  const target = dataTarget(out, { replace: force, files })
  const pathOf = imagePathIn(folder)
  const stems = stemsOf(dataset.images.map(({ fileName }) => fileName))
  const tiles: DatasetImage[] = []
  const annotations = new Map<number, Annotation[]>()
  const counts = { pieces: 0, cut: 0 }
  const progress = startProgress(dataset.images.length, 'images')
  try {
    for (const [i, image] of dataset.images.entries()) {
      signal.throwIfAborted()
      const picture = await decodeImage(await pathOf(image.fileName))
      requireStatedSize(picture, image)
      for (const note of picture.notes ?? []) losses.note(note, image.fileName)
      const left = new Set(annotationsOf(dataset, image.id).map(({ id }) => id))
      for (const tile of tileRegions(image, size, overlap)) {
        const pieces = piecesOf(annotationsOf(dataset, image.id), image, tile, flags.minVisible)
        if (pieces.length === 0 && flags.dropEmpty) continue
        const id = tiles.length + 1
        const fileName = `${stems[i]}_x${tile.left}_y${tile.top}.png`
        await target.writeBytes(`images/${fileName}`, await encodePng(cutRegion(picture, tile)))
        const { width, height } = tile
        const origin = { source: image.fileName, source_x: tile.left, source_y: tile.top }
        tiles.push({ id, fileName, width, height, attributes: { ...image.attributes, ...origin } })
        const own = pieces.map(({ annotation }, k) => ({
          ...annotation,
          id: counts.pieces + k + 1,
          imageId: id,
        }))
        annotations.set(id, own)
        counts.pieces += own.length
        counts.cut += pieces.filter(({ visible }) => visible < 1).length
        for (const { annotation } of pieces) left.delete(annotation.id)
      }
      for (const id of left)
        losses.add('annotations that no tile shows enough of', annotationPlace(image.fileName, id))
      progress.step(i + 1, basename(image.fileName))
    }
  } finally {
    progress.end()
  }
  losses.change('ids of images and annotations are numbered anew')
  await target.writeText(
    'annotations.json',
    cocoText({ images: tiles, annotations, categories: dataset.categories }),
  )
  return {
    source: name,
    out,
    images: dataset.images.length,
    tiles: tiles.length,
    ...counts,
    annotations: dataset.images.reduce((sum, { id }) => sum + annotationsOf(dataset, id).length, 0),
    lost: losses.lost,
    changed: losses.changed,
    noted: losses.noted,
  }
}

/** What a tile shows of annotations: crowds always, others from the least share on. */
function piecesOf(annotations: readonly Annotation[], image: DatasetImage, tile: Region, minVisible: number) {
  return annotations.flatMap((annotation) => {
    const piece = cutAnnotation(annotation, image, tile)
    return piece && (annotation.isCrowd || piece.visible >= minVisible) ? [piece] : []
  })
}

function* cropText({ source, out, images, annotations, tiles, pieces, cut, ...losses }: CropReport) {
  yield `${source} -> ${join(out, 'annotations.json')}: ${images} images in ${tiles} tiles, ${annotations} annotations in ${pieces} pieces, ${cut} of them cut by a border`
  yield* lossText(losses)
}
