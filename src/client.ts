/** `maskwright/client`: asks a server of `maskwright serve`, from Node or a browser, without a runtime. */
export type { Retries } from './client/asking-again.ts'
export {
  type ClientOptions,
  type ImageFile,
  type ListedPrediction,
  MaskwrightClient,
  type ModelInfo,
  type PredictionDocument,
  type PredictionFormats,
  type PredictOptions,
  type ResultJson,
  type TensorInfo,
} from './client/client.ts'
export { ServerError } from './client/server-error.ts'
export { ConfigError, DataError, MaskwrightError } from './errors.ts'
export type { ImageJson, InstanceJson } from './predict/to-json.ts'
export type { Dtype } from './tensor/dtype.ts'
export { type Tensor, tensor } from './tensor/tensor.ts'
