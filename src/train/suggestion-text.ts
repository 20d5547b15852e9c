/** A suggested configuration as a file that people read: every choice with its reason beside it. */
import { type DataFacts, MINUTES_BASIS, type Suggestion } from './suggestion.ts'

/** What the file names; paths as they are to stand in it. */
export interface SuggestedPlaces {
  readonly images: string
  readonly annotations: string
  /** Null where there are no images to validate yet. */
  readonly val: { readonly images: string; readonly annotations: string } | null
  /** The file's own path, for the command that trains. */
  readonly file: string
}

export function suggestionText(facts: DataFacts, chosen: Suggestion, places: SuggestedPlaces): string {
  const { objects, images, cores } = facts
  const { minSize, maxSize, anchors, crop, batchSize, steps, maxInstances, maxDetections, minutes } = chosen
  const text = (value: string) => JSON.stringify(value)
  const px = (length: number) => `${Math.max(1, Math.round(length))} px`
  const seen = (length: number) => px(length * chosen.factor)
  const isBoxes = objects?.hasMasks === false
  const name = isBoxes ? 'faster-rcnn' : 'mask-rcnn'
  const scaled =
    chosen.factor > 1.02
      ? 'enlarged, or small objects are lost'
      : chosen.factor < 0.98
        ? 'made smaller, which saves time and loses nothing that matters'
        : 'about as they are'
  const objectsSeen = objects
    ? `objects of ${px(objects.median)} (${px(objects.small)} to ${px(objects.large)}) are seen at ${seen(objects.median)}: ${scaled}`
    : `no labels were found; objects of about a tenth of the image are assumed. Run init again once there are labels`
  const val = places.val
    ? `{ images: ${text(places.val.images)}, annotations: ${text(places.val.annotations)} },`
    : 'null, // Nothing is evaluated without it: "maskwright data split" keeps a fifth of the images apart.'
  return `/**
 * A first training on ${counted(images, 'image')}${objects ? ` with ${counted(objects.count, 'object')}` : ''}, small enough for a laptop:
 * about ${minutes[0]} to ${minutes[1]} minutes on the ${counted(cores, 'core')} of this machine. That is an estimate,
 * ${MINUTES_BASIS}.
 *
 *   npx maskwright train ${places.file}
 */
import type { TrainConfig } from 'maskwright/node'

export const config = {
  goal: 'Find ${objects ? names(objects.categories) : 'objects'}.', // stands in the report: say what is good enough
  model: {
    name: '${name}', // ${isBoxes ? 'the labels are boxes; masks need outlines' : 'boxes and masks'}
    // The bundled model's own layers, so that its weights fit (initialWeights); group norm learns from few images.
    backbone: { name: 'resnet18', norm: { kind: 'groupNorm', groups: 16 }, stemWidth: 48 },
    fpn: { channels: 96 },
    anchors: { sizes: [${anchors.map((size) => `[${size}]`).join(', ')}] }, // from ${objects ? `the small objects (${seen(objects.small)} as they are seen)` : 'small objects'} on, doubled
    rpn: { training: { preNmsTopN: 1000, postNmsTopN: 500 } }, // fewer than the default 2000: faster
    box: {
      head: { kind: 'mlp', width: 256 },
      targets: { size: 128 },
      maxDetections: ${maxDetections}, // ${objects ? `twice the ${objects.most} of the fullest image, at least 100` : 'an image can have as many objects'}
    },${isBoxes ? '' : '\n    mask: { head: { convs: 4, width: 96 } },'}
    // The size at which the finished model sees images: ${objectsSeen}.
    transform: { resize: { kind: 'shortest-side', minSize: ${minSize}, maxSize: ${maxSize} } },
  },
  data: {
    train: { images: ${text(places.images)}, annotations: ${text(places.annotations)} },
    val: ${val}
  },
  augment: {
    // Around the size above: training and use must see objects alike.
    scale: { kind: 'shortest-side-range', from: ${Math.round(minSize * 0.8)}, to: ${Math.round(minSize * 1.2)}, maxSize: ${Math.round(maxSize * 1.2)} },
    crop: { height: ${crop}, width: ${crop} }, // ${objects ? `twice the large objects (${seen(objects.large)}) or more` : 'several objects'}; time grows with its area
    horizontalFlip: 0.5, // 0 where left and right differ, as in writing
    quarterTurns: false, // true where no direction is up: microscopy, pictures from above
    color: { brightness: 0.2, contrast: 0.2 }, // as light and cameras differ
  },
  batchSize: ${batchSize}, // more steadies the losses and takes more time and memory
  steps: ${steps}, // each image about ${Math.max(1, Math.round((steps * batchSize) / Math.max(images, 1)))} times; double it if the curves of the report still rise
  maxInstances: ${maxInstances}, // objects of an image that take part in a step${objects ? `; the fullest has ${objects.most}` : ''}
  initialWeights: 'nuclei', // edges and blobs learnt on micrographs are a better start than random numbers; null starts from those
  optimizer: { name: 'adamw', learningRate: 1e-3 }, // halve it if the losses explode
  schedule: { kind: 'cosine', warmupSteps: 100 },
  emaDecay: 0.99, // averaged weights are evaluated: steadier in short trainings
  workers: 1, // threads that prepare images
  planMemory: true, // a fifth faster, for half as much memory again
  saveEvery: 100, // no more than this is lost when the machine is turned off
  evaluateEvery: ${Math.max(100, steps / 4)},
} satisfies TrainConfig
`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** `leaf`, `leaf and stem`, `4 kinds of objects`; what could end a text or a comment is left out. */
function names(categories: readonly string[]): string {
  const safe = categories.map((name) => name.replace(/[^\p{L}\p{N} _-]/gu, '').trim()).filter(Boolean)
  if (safe.length === 0 || safe.length > 3) return `${counted(categories.length, 'kind')} of objects`
  return safe.length === 1 ? safe[0] : `${safe.slice(0, -1).join(', ')} and ${safe[safe.length - 1]}`
}
