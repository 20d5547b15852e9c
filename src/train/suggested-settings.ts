/** A suggested configuration: every choice with its reason. */
import { counted } from '../names/counted.ts'
import { because, type Settings, settingsText } from './reasoned-settings.ts'
import { type DataFacts, RECIPE, type Suggestion } from './suggestion.ts'

/** What the configuration names; paths as they are to stand in it. */
export interface SuggestedPlaces {
  readonly images: string
  readonly annotations: string
  /** Null where there are no images to validate yet. */
  readonly val: { readonly images: string; readonly annotations: string } | null
}

/** How long it trains. */
export interface SuggestedLength {
  readonly steps: number
  readonly evaluateEvery: number
  /** What the number of steps follows from. */
  readonly reason: string
  /** Steps as they were planned first, where they were planned anew: what depends on them stays. Default `steps`. */
  readonly foreseen?: number
}

export function suggestedSettings(
  facts: DataFacts,
  chosen: Suggestion,
  { steps, evaluateEvery, reason, foreseen = steps }: SuggestedLength,
  places: SuggestedPlaces,
): Settings {
  const { objects, images } = facts
  const { minSize, maxSize, anchors, crop, batchSize, planMemory, maxDetections, proposals, turns } = chosen
  const seen = (length: number) => px(length * chosen.factor)
  const isBoxes = chosen.model === 'faster-rcnn'
  const [from, to] = RECIPE.scaleJitter
  const shown = Math.max(1, Math.round((steps * batchSize) / Math.max(images, 1)))
  return {
    goal: because(
      `Find ${objects ? names(objects.categories) : 'objects'}.`,
      'stands in the report: say what is good enough',
    ),
    model: {
      name: because(chosen.model, isBoxes ? 'the labels are boxes; masks need outlines' : 'boxes and masks'),
      backbone: because(RECIPE.backbone, 'small and quick, with weights that come along (pretrained)'),
      fpn: because(
        { channels: RECIPE.fpnChannels, norm: RECIPE.norm },
        'narrower than the usual 256: faster, and enough for few classes; norms learn sooner',
      ),
      anchors: because(
        { sizes: anchors.map((size) => [size]) },
        `from below ${objects ? `the small objects (${seen(objects.small)} as they are seen)` : 'small objects'} on, doubled`,
      ),
      rpn: because(
        { training: regions(proposals.training), inference: regions(proposals.inference) },
        'fewer than the default 2000 and 1000: faster',
      ),
      box: {
        head: { kind: 'mlp', width: RECIPE.boxWidth },
        targets: RECIPE.boxTargets,
        maxDetections: because(
          maxDetections,
          objects
            ? `twice the ${objects.most} of the fullest image, at least 100`
            : 'an image can have as many objects',
        ),
      },
      mask: isBoxes
        ? undefined
        : {
            head: { ...RECIPE.maskHead, norm: RECIPE.norm },
            pasting: because('exact', 'to parts of a pixel: outlines of small objects are better'),
            scoring: because('maskness', 'masks that are sure of themselves come first'),
          },
      transform: because(
        { resize: { kind: 'shortest-side', minSize, maxSize } },
        `the size at which the finished model sees images: ${sizeReason(facts, chosen)}`,
      ),
    },
    data: {
      train: { images: places.images, annotations: places.annotations },
      val: places.val
        ? because(
            { ...places.val },
            'kept apart: it tells how good the model is on images that it has not seen',
          )
        : because(
            null,
            'nothing is evaluated without it: "maskwright data split" keeps a fifth of the images apart',
          ),
    },
    augment: {
      scale: because(
        {
          kind: 'shortest-side-range',
          from: Math.round(minSize * from),
          to: Math.round(minSize * to),
          maxSize: Math.round(maxSize * to),
        },
        'around the size above: training and use must see objects alike',
      ),
      crop: because(
        { height: crop, width: crop, minVisible: RECIPE.minVisible, minArea: chosen.minArea },
        `${objects ? `twice the large objects (${seen(objects.large)}), within limits` : 'several objects'}; time grows with its area`,
      ),
      horizontalFlip: because(turns === 'none' ? 0 : 0.5, MIRRORED[turns]),
      quarterTurns: because(turns === 'all', TURNED[turns]),
      copyPaste: isBoxes
        ? undefined
        : because(
            { probability: RECIPE.copyPaste },
            'objects of other images: more surroundings than there are photos',
          ),
      color: because(RECIPE.color, 'as light and cameras differ'),
    },
    batchSize: because(
      batchSize,
      batchSize < RECIPE.batchSize
        ? 'more would not fit into the memory of this machine'
        : 'more steadies the losses and takes more time and memory',
    ),
    steps: because(steps, `${reason}; each image is shown about ${shown} times`),
    maxInstances: because(
      chosen.maxInstances,
      `objects of an image that take part in a step, those laid over it included${objects ? `; the fullest has ${objects.most}` : ''}`,
    ),
    pretrained: because(
      RECIPE.pretrained,
      'the body knows pictures already; the rest starts from random numbers',
    ),
    optimizer: because(
      { name: 'adamw', learningRate: RECIPE.learningRate, weightDecay: RECIPE.weightDecay },
      'halve the rate if the losses explode',
    ),
    schedule: { kind: 'cosine', warmupSteps: warmupOf(foreseen) },
    emaDecay: because(decayOf(foreseen), 'averaged weights are evaluated: steadier in short trainings'),
    workers: because(1, 'threads that prepare images'),
    planMemory: because(
      planMemory,
      planMemory
        ? 'a fifth faster, for half as much memory again'
        : 'faster, but for half as much memory again',
    ),
    saveEvery: because(Math.min(100, steps), 'no more than this is lost when the machine is turned off'),
    evaluateEvery,
  }
}

const MIRRORED: Readonly<Record<Suggestion['turns'], string>> = {
  all: '0 where left and right differ',
  mirror: '0 where left and right differ',
  none: 'the classes are letters, or have a left and a right',
}
const TURNED: Readonly<Record<Suggestion['turns'], string>> = {
  all: 'objects are as wide as they are high, so no direction is taken for up; false where one is',
  mirror: 'objects have an up; true for microscopy and pictures from above',
  none: 'the classes are letters, or have a left and a right',
}

function regions(count: number): Settings {
  return { preNmsTopN: 2 * count, postNmsTopN: count }
}

/** The configuration as a file. `head` are lines for its first comment. */
export function configText(settings: Settings, head: readonly string[]): string {
  const comment = head.map((line) => (line === '' ? ' *' : ` * ${line.replaceAll('*/', '* /')}`)).join('\n')
  return `/**
${comment}
 */
import type { TrainConfig } from 'maskwright/node'

export const config = ${settingsText(settings)} satisfies TrainConfig
`
}

function sizeReason({ objects }: DataFacts, { factor }: Suggestion): string {
  if (!objects)
    return 'no labels were found; objects of about a tenth of the image are assumed. Run init again once there are labels'
  const small = objects.quarter * factor
  const scaled =
    small < 0.9 * RECIPE.seen.quarter
      ? 'as large as is of use, and still small: expect to miss some, or cut the images into tiles (maskwright data crop)'
      : factor > 1.02
        ? 'enlarged, or small objects are lost'
        : factor < 0.98
          ? 'made smaller, which saves time and loses nothing that matters'
          : 'about as they are'
  return `objects of ${px(objects.median)} (${px(objects.small)} to ${px(objects.large)}) are seen at ${px(objects.median * factor)}: ${scaled}`
}

function warmupOf(steps: number): number {
  return Math.min(RECIPE.warmup.steps, Math.ceil(RECIPE.warmup.part * steps))
}

/** Of averages over a part of all steps. */
function decayOf(steps: number): number {
  const { part, least, most } = RECIPE.averaged
  return Number(Math.min(Math.max(1 - 1 / (part * steps), least), most).toPrecision(4))
}

function px(length: number): string {
  return `${Math.max(1, Math.round(length))} px`
}

/** `leaf`, `leaf and stem`, `4 kinds of objects`; what could end a text or a comment is left out. */
function names(categories: readonly string[]): string {
  const safe = categories.map((name) => name.replace(/[^\p{L}\p{N} _-]/gu, '').trim()).filter(Boolean)
  if (safe.length === 0 || safe.length > 3) return `${counted(categories.length, 'kind')} of objects`
  return safe.length === 1 ? safe[0] : `${safe.slice(0, -1).join(', ')} and ${safe[safe.length - 1]}`
}
