import type { Category } from '../../data/dataset.ts'
import type { PixelSize } from '../../data/pixel-size.ts'
import type { Measurements } from '../measurements.ts'
import type { Prediction } from '../predictor.ts'
import type { OutlineOptions } from './outlines.ts'

/** One image and what was found on it. */
export interface PredictedImage {
  /** Path, URL or name of the image. */
  readonly file: string
  /** What files about it are called, without ending; `imageNames` gives them. Default: from the names of those given together. */
  readonly name?: string
  /** Its id in a data set; default its place among those given, from 1. */
  readonly imageId?: number
  /** Where the image is, as seen from where the files are written. Default: beside them. */
  readonly imagePath?: string
  readonly prediction: Prediction
  /** Of each instance, where they were measured. */
  readonly measurements?: readonly (Measurements | undefined)[]
  /** What was known of it where instances were measured. */
  readonly pixelSize?: PixelSize
}

/** A file to write: its name without folder, and all that goes in. */
export interface ExportedFile {
  readonly name: string
  readonly content: string | Uint8Array
  /** Whether it is about all images, so that it says too little where some are not done. */
  readonly isAboutAll?: boolean
  /** What people should know of it: a sentence without a full stop each. */
  readonly notes?: readonly string[]
}

/** What all exporters are told. */
export interface ExportContext {
  /** `categories[i]` is the category of label i + 1. */
  readonly categories: readonly Category[]
  readonly outline: OutlineOptions
}

/** An image with what it is called. */
export type NamedImage = PredictedImage & Required<Pick<PredictedImage, 'name' | 'imageId' | 'imagePath'>>

/** Makes the files that hold predictions in one format, one after another. */
export type Exporter = (predicted: readonly NamedImage[], context: ExportContext) => Iterable<ExportedFile>
