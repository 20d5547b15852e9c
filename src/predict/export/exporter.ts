import type { Category } from '../../data/dataset.ts'
import type { Prediction } from '../predictor.ts'

/** One image and what was found on it. */
export interface PredictedImage {
  /** Path or name of the image. */
  readonly file: string
  /** Its id in a data set, where it is known. */
  readonly imageId?: number
  readonly prediction: Prediction
}

/** A text file to write: its name without folder, and all that goes in. */
export interface ExportedFile {
  readonly name: string
  readonly content: string
}

/** Writes predictions in one format; `categories[i]` is the category of label i + 1. */
export type Exporter = (
  predicted: readonly PredictedImage[],
  categories: readonly Category[],
) => ExportedFile[]
