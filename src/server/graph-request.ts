/** What the process is asked that makes the graph which a server runs, and what it says of it. */
import type { ModelFacts } from '../models/runnable-model.ts'
import type { GraphFile } from '../node/process-session.ts'
import type { Device } from '../runtime/session.ts'

export interface GraphRequest {
  /** Name or place of the model. */
  readonly where: string
  readonly device: Device | 'auto'
  /** Room for this many instances, where the model's own limit is lower. */
  readonly max?: number
  /** Takes the graph. */
  readonly folder: string
  /** SHA-256 of a file that nothing is made of. */
  readonly unless?: string
}

export interface MadeGraph {
  readonly file: GraphFile
  readonly facts: ModelFacts
  /** SHA-256 of the model's file. */
  readonly digest: string
}
