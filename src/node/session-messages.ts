/** What goes to and fro between a session and the thread or process that computes it. */
import type { OpProfile } from '../runtime/profile.ts'
import type { Port, RunOptions, SessionOptions } from '../runtime/session.ts'
import type { Tensor } from '../tensor/tensor.ts'

export type SessionRequest =
  /** The bytes of a model, or the path of its file. */
  | {
      readonly kind: 'create'
      readonly model: Uint8Array | string
      readonly options: SessionOptions
      /** Temporary, of the process that asks. */
      readonly folder?: string
    }
  | {
      readonly kind: 'run'
      readonly feeds: Readonly<Record<string, Tensor>>
      readonly options: Omit<RunOptions, 'signal'>
    }
  | { readonly kind: 'profile' | 'dispose' }

export interface SessionAnswer {
  readonly ports?: Record<'inputs' | 'outputs', readonly Port[]>
  readonly hasProfile?: boolean
  readonly results?: Readonly<Record<string, Tensor>>
  readonly profile?: readonly OpProfile[]
}
