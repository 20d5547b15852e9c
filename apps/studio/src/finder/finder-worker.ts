/** A model at work beside the page. It is ended from outside: a run cannot be interrupted. */
import type { DecodedImage } from '../../../../src/data/picture.ts'
import { agreement } from '../../../../src/predict/agreement.ts'
import { type Detector, loadDetector } from '../../../../src/predict/detector.ts'
import { judgedImage } from '../../../../src/predict/judged-image.ts'
import { predictionJson } from '../../../../src/predict/to-json.ts'
import type { Device } from '../../../../src/runtime/session.ts'
import { decodeImage, type ImageSource } from '../../../../src/web/decode-image.ts'
import { webPlatform } from '../../../../src/web/platform.ts'
import { setWasmFolder } from '../../../../src/web/session.ts'
import type { AskedPicture, GpuVerdict, OpenModel, Stage, WorkerMessage } from './finder-messages.ts'
import { gpuAdapter } from './gpu-adapter.ts'
import { middleOf } from './middle.ts'

type ModelDetector = Detector<ImageSource>

/** How far results may be apart: in pixels, and in score. */
const [BOX_TOLERANCE, SCORE_TOLERANCE] = [0.5, 0.01]
/** What is compared scores this much. */
const COMPARED_SCORE = 0.3

const scope = self as unknown as {
  postMessage(message: WorkerMessage): void
  onmessage: (event: MessageEvent<OpenModel | AskedPicture>) => void
}
let order: OpenModel
let onCpu: Promise<ModelDetector> | undefined
let onGpu: Promise<ModelDetector> | undefined
let gpu: GpuVerdict
const notes = new Set<string>()

scope.onmessage = async ({ data }) => {
  if ('model' in data) {
    order = data
    gpu = data.gpu
    setWasmFolder(data.runtime)
    return
  }
  try {
    const picture = await decodeImage(data.picture)
    const look = (image: DecodedImage) => lookAt(image, data.leastScore)
    const judged = data.isJudged ? await judgedImage(picture, look) : { seen: await look(picture) }
    const { instances } = predictionJson('', judged.seen)
    scope.postMessage({
      ...{ kind: 'found', instances, notes: [...notes, ...judged.seen.notes] },
      ...('judgement' in judged && { judgement: judged.judgement }),
    })
  } catch (error) {
    scope.postMessage({ kind: 'failed', message: (error as Error).message })
  }
}

async function lookAt(picture: DecodedImage, score: number) {
  const options = {
    score,
    onTile: (done: number, tiles: number) => tell('looking', done / tiles),
  }
  const detector = await chosenDetector(picture)
  tell('looking')
  const prediction = detector.detect(picture, options)
  if (gpu !== 'right') return prediction
  return prediction.catch(async (error: Error) => {
    notes.add(`WebGPU failed (${error.message}), and the processor computes instead`)
    gpu = 'unknown'
    onGpu = undefined
    return (await detectorOn('cpu')).detect(picture, options)
  })
}

/** Where WebGPU is there and computes what the processor does, it is taken. */
async function chosenDetector(picture: DecodedImage): Promise<ModelDetector> {
  if (gpu === 'unknown' && (await gpuAdapter())) await compare(picture)
  return detectorOn(gpu === 'right' ? 'webgpu' : 'cpu')
}

/** On the middle of the first picture: where nothing is seen there, nothing is known and the next one is asked. */
async function compare(picture: DecodedImage): Promise<void> {
  const part = middleOf(picture)
  const options = { score: COMPARED_SCORE, tile: 'off' } as const
  const first = (await (await detectorOn('cpu')).detect(part, options)).instances
  if (first.length === 0) return
  tell('comparing')
  try {
    const second = (await (await detectorOn('webgpu')).detect(part, options)).instances
    const { both, boxes, scores } = agreement([{ first, second }])
    const isRight =
      both === first.length && both === second.length && boxes <= BOX_TOLERANCE && scores <= SCORE_TOLERANCE
    gpu = isRight ? 'right' : 'wrong'
    if (!isRight) notes.add('WebGPU gives other results than the processor on this machine, and is not used')
  } catch (error) {
    gpu = 'wrong'
    notes.add(`WebGPU does not work here (${(error as Error).message}), and the processor computes instead`)
  }
  if (gpu === 'wrong') onGpu = undefined
  scope.postMessage({ kind: 'gpu', verdict: gpu })
}

function detectorOn(device: Device): Promise<ModelDetector> {
  if (device === 'webgpu') {
    onGpu ??= load(device)
    return onGpu
  }
  onCpu ??= load(device)
  return onCpu
}

async function load(device: Device): Promise<ModelDetector> {
  const { model, threads } = order
  const source = typeof model === 'string' ? model : new Uint8Array(await model.arrayBuffer())
  return loadDetector(webPlatform, source, {
    device,
    threads,
    onProgress: ({ status, loaded, total }) => {
      if (status !== 'ready') tell(status, loaded !== undefined && total ? loaded / total : undefined)
    },
  })
}

function tell(stage: Stage, share?: number): void {
  scope.postMessage({ kind: 'progress', stage, share })
}
