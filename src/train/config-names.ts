/** Names of settings that are not ours: those of other tools, and those of earlier releases. */

const FOREIGN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'optimizer.learningRate': 'lr lr0 baselr initiallr',
    'optimizer.weightDecay': 'wd',
    steps: 'epochs iterations iters maxiter maxiters maxsteps',
    batchSize: 'batch bs imsperbatch',
    accumulate: 'accumulategradbatches gradientaccumulation gradientaccumulationsteps accumulationsteps',
    workers: 'numworkers',
    recompute: 'gradientcheckpointing activationcheckpointing checkpointing',
    initialWeights: 'pretrained weights checkpoint loadfrom',
    emaDecay: 'ema',
    clipNorm: 'gradclip clipgrad gradientclip',
    'schedule.warmupSteps': 'warmup',
    schedule: 'scheduler lrscheduler',
    augment: 'augmentation augmentations transforms',
    'augment.horizontalFlip': 'flip fliplr hflip',
    'augment.verticalFlip': 'flipud vflip',
    'model.transform.resize': 'imgsz imgsize imagesize inputsize',
    'model.backbone': 'resnet',
  }).flatMap(([setting, names]) => names.split(' ').map((name) => [name, setting] as const)),
)

/** The setting that other tools call `name`, capitals and dashes aside. */
export function foreignName(name: string): string | undefined {
  return FOREIGN.get(name.toLowerCase().replace(/[_-]/g, ''))
}

/** Kinds of `augment.scale` as they were called before the model's word for the same was taken. */
const SCALE_KINDS: Readonly<Record<string, string>> = {
  'shorter-side': 'shortest-side',
  'shorter-side-range': 'shortest-side-range',
}

/**
 * A configuration with the names of earlier releases replaced by today's; `onRenamed` is told of each. Anything else is left
 * as it is, right or wrong.
 */
export function withPresentNames(raw: unknown, onRenamed: (note: string) => void = () => {}): unknown {
  const config = raw as { readonly augment?: { readonly scale?: Readonly<Record<string, unknown>> } } | null
  const scale = config?.augment?.scale
  if (typeof scale !== 'object' || scale === null) return raw
  const kind = typeof scale.kind === 'string' ? SCALE_KINDS[scale.kind] : undefined
  if (kind === undefined) return raw
  const { sides, ...rest } = scale
  const isList = sides !== undefined
  onRenamed(
    `augment.scale: '${scale.kind}' is called '${kind}' now${isList ? ', and its sides minSize' : ''}; the old name is still read`,
  )
  const renamed = { ...rest, kind, ...(isList && { minSize: sides }) }
  return { ...config, augment: { ...config?.augment, scale: renamed } }
}
