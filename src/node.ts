/** `maskwright/node`: sessions, images and files on Node. */
import { openVideo, type VideoFrame, type VideoOptions } from './node/video/open-video.ts'
import type { Detector } from './predict/detector.ts'
import { type FoundTracks, type TrackOptions, trackFrames } from './predict/track-frames.ts'

export { IMAGE_ENDINGS } from './data/file-lookup.ts'
export type { DecodedImage, RawImage } from './data/picture.ts'
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
export { type CocoFiles, type CocoFilesOptions, evaluateCocoFiles } from './node/coco-files.ts'
export { type DecodeOptions, decodeImage, encodeJpeg, encodePng } from './node/decode-image.ts'
export { encodeLabelled, type TextLabel } from './node/draw-labels.ts'
export {
  loadFile,
  loadJson,
  loadUrl,
  makeFolder,
  openChunks,
  writeFileAtomic,
} from './node/files.ts'
export { listImages } from './node/image-list.ts'
export { type OpenOptions, openImage } from './node/open-image.ts'
export { bundledModels, loadBodyWeights, loadModelBytes } from './node/package-files.ts'
export { openRunFolder, type RunFolder } from './node/run-folder.ts'
export { createSession, probeDevices } from './node/session.ts'
export { trainPlatform } from './node/train-platform.ts'
export { openVideo, type Video, type VideoFrame, type VideoOptions } from './node/video/open-video.ts'
export { VIDEO_ENDINGS } from './node/video/video-source.ts'
export { openVideoWriter, type VideoWriter } from './node/video/video-writer.ts'
export { openWeights } from './node/weights-files.ts'
export { EXPORT_FORMATS, type ExportFormat } from './predict/export/export-choices.ts'
export { type ExportedFile, exportPredictions, type PredictedImage } from './predict/export.ts'
export type { DeviceProbe } from './runtime/device.ts'
export { formatProfile, type OpProfile } from './runtime/profile.ts'
export type { CreateSession, Device, Port, RunOptions, Session, SessionOptions } from './runtime/session.ts'
export { defineConfig } from './train/config.ts'
export type { TrainConfig } from './train/train-config.ts'
export type { DownloadOptions } from './weights/download-options.ts'
export type { OpenWeightsOptions } from './weights/read-weights.ts'
export type { LazyTensor, PlainValue, WeightsFile, WeightsFormat } from './weights/weights-file.ts'

/**
 * Finds objects in a video, frame by frame, with numbers that stay: `trackFrames` on the frames of `openVideo`, whose options these are.
 * To leave early ends ffmpeg. Throws as both do.
 */
export async function* trackVideo(
  detector: Pick<Detector<never>, 'detectAll'>,
  source: string,
  { every, from, to, ...options }: VideoOptions & TrackOptions = {},
): AsyncGenerator<FoundTracks<VideoFrame>, void, undefined> {
  const { frames } = await openVideo(source, { every, from, to, signal: options.signal })
  yield* trackFrames(detector, frames, options)
}
