import { openBatchMaker } from './batch-maker.ts'
import { encodeJpegWithin } from './decode-image.ts'
import { readFileIn, readImageIn } from './image-folder.ts'
import { loadBodyWeights } from './package-files.ts'
import { loadPlotAssets } from './plot-assets.ts'
import { createSession } from './session.ts'

/** What a training needs of Node: `platform` of `runTraining`. */
export const trainPlatform = {
  createSession,
  openBatchMaker,
  readImageIn,
  readFileIn,
  encodeJpeg: encodeJpegWithin,
  loadPlotAssets,
  loadBodyWeights,
}
