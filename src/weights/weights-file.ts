import type { Dtype } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { StoredDtype } from './stored-dtype.ts'

/** A tensor of a file, of which only what it is has been read. */
export interface LazyTensor {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
  /** As the file has it: bfloat16 becomes float32, int16 becomes int32. */
  readonly storedAs: StoredDtype
  /** The numbers, row-major and contiguous, whatever their strides in the file. Throws `WeightError` where the file is damaged. */
  readonly read: () => Promise<Tensor>
}

/** What a file says besides its tensors. */
export type PlainValue =
  | null
  | boolean
  | number
  | string
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue }

export type WeightsFormat = 'safetensors' | 'pytorch zip' | 'pytorch legacy' | 'pickle'

/** A file of weights whose index has been read: tensors are read one by one. */
export interface WeightsFile {
  readonly format: WeightsFormat
  /** By name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, LazyTensor>
  /** What else the file holds: epochs, settings, who made it; of a folder also its `config`. */
  readonly metadata: { readonly [name: string]: PlainValue }
  /**
   * Where tensors lie in a file that holds more than one model (`model`, `ema`, `optimizer.state`): what may be given as
   * `member`. Empty where the file is nothing but tensors.
   */
  readonly members: readonly string[]
  readonly close: () => Promise<void>
}
