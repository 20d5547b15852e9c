/** What the page and its worker tell each other. */
import type { Judgement } from '../../../../src/predict/judged-image.ts'
import type { InstanceJson } from '../../../../src/predict/to-json.ts'

/** What is known of whether WebGPU computes a model rightly on this machine. */
export type GpuVerdict = 'right' | 'wrong' | 'unknown'

/** The first message opens a model, each other one asks about a picture. */
export interface OpenModel {
  /** A file, or a URL that it is fetched from. */
  readonly model: Blob | string
  /** For messages. */
  readonly name: string
  /** URL of the folder of ONNX Runtime's WebAssembly. */
  readonly runtime: string
  readonly gpu: GpuVerdict
  readonly threads: number
}

export interface AskedPicture {
  readonly picture: Blob
  readonly leastScore: number
  readonly isJudged: boolean
}

export type WorkerMessage =
  | { readonly kind: 'progress'; readonly stage: Stage; readonly share?: number }
  /** Another message follows in the same matter. */
  | { readonly kind: 'gpu'; readonly verdict: GpuVerdict }
  | {
      readonly kind: 'found'
      readonly instances: readonly InstanceJson[]
      readonly notes: readonly string[]
      readonly judgement?: Judgement
    }
  | { readonly kind: 'failed'; readonly message: string }

export type Stage = 'reading' | 'building' | 'comparing' | 'looking'
