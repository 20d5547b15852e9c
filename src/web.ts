/** `maskwright/web`: sessions, images and files in browsers. */

export type { DecodedImage } from './data/picture.ts'
export {
  ConfigError,
  DataError,
  type ErrorParts,
  GradientError,
  GraphError,
  MaskwrightError,
  SessionError,
  ShapeError,
  WeightError,
} from './errors.ts'
export type { CreateSession, Device, Port, RunOptions, Session, SessionOptions } from './runtime/session.ts'
export { decodeImage, type ImageSource } from './web/decode-image.ts'
export { fetchBytes } from './web/files.ts'
export { loadModelBytes, setModelFolder } from './web/platform.ts'
export { createSession, setWasmFolder } from './web/session.ts'
export { openWeights } from './web/weights-files.ts'
export type { DownloadOptions } from './weights/download-options.ts'
export type { OpenWeightsOptions } from './weights/read-weights.ts'
export type { LazyTensor, PlainValue, WeightsFile, WeightsFormat } from './weights/weights-file.ts'
