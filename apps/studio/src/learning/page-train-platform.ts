/** What a training needs of a browser. */
import plotStyle from 'uplot/dist/uPlot.min.css?raw'
import plotLicence from 'uplot/LICENSE?raw'
import { runBatchJob } from '../../../../src/data/batch-job.ts'
import { jpegWithin } from '../../../../src/data/jpeg-within.ts'
import { DataError } from '../../../../src/errors.ts'
import type { EncodeJpeg } from '../../../../src/report/picture-budget.ts'
import type { TrainPlatform } from '../../../../src/train/run-options.ts'
import { decodeImage } from '../../../../src/web/decode-image.ts'
import { fetchBytes } from '../../../../src/web/files.ts'
import { createSession } from '../../../../src/web/session.ts'
import { canvasOf } from '../site/photo-files.ts'
import type { LearnOrder } from './learning-messages.ts'

export function pageTrainPlatform({
  files,
  page,
  threads,
}: Pick<LearnOrder, 'files' | 'page' | 'threads'>): TrainPlatform {
  const fileOf = (name: string) => {
    const file = files.get(name)
    if (!file) throw new DataError('the photo is not there', { where: name })
    return new File([file], name)
  }
  const readImageIn: TrainPlatform['readImageIn'] = (_, reading) => async (name) =>
    decodeImage(fileOf(name), reading)
  return {
    createSession: (model, options) => createSession(model, { ...options, threads }),
    openBatchMaker: (folder, _, reading) => {
      const readImage = readImageIn(folder, reading)
      return { concurrency: 1, make: (job) => runBatchJob(job, readImage), close: async () => {} }
    },
    readImageIn,
    readFileIn: () => async (name) => new Uint8Array(await fileOf(name).arrayBuffer()),
    encodeJpeg: encodeJpegWithin,
    loadPlotAssets,
    loadBodyWeights: (body) => fetchBytes(new URL(`models/bodies/${body}.safetensors`, page)),
  }
}

async function loadPlotAssets() {
  const { default: script } = await import('uplot/dist/uPlot.iife.min.js?raw')
  return { script, style: plotStyle, licence: plotLicence }
}

const encodeJpegWithin: EncodeJpeg = (picture, bytes) => {
  const canvas = canvasOf(picture)
  return jpegWithin(bytes, async (percent) => {
    const encoded = await canvas.convertToBlob({ type: 'image/jpeg', quality: percent / 100 })
    return new Uint8Array(await encoded.arrayBuffer())
  })
}
