/** A project: lists as COCO has them. */
import type { CompressedRle } from '../../../../src/geometry/rle.ts'

export interface StudioImage {
  readonly id: number
  readonly file_name: string
  readonly width: number
  readonly height: number
  /** Whether somebody said that its labels are complete. */
  readonly checked?: boolean
}

export interface StudioCategory {
  readonly id: number
  readonly name: string
}

/** Rings x0 y0 x1 y1 … whose union is the object, or its pixels; an empty list where there is a box alone. */
export type Shape = readonly (readonly number[])[] | CompressedRle

/** An annotation; members that the studio does not know are given back as they came. */
export interface StudioObject {
  readonly id: number
  readonly image_id: number
  readonly category_id: number
  readonly segmentation: Shape
  /** x, y, width, height; computed where the project lies when it is not there. */
  readonly bbox?: readonly number[]
  readonly area?: number
  readonly iscrowd?: number
}

/** What a model found. */
export interface Proposal {
  readonly category: string
  readonly score: number
  /** From models that score masks. */
  readonly mask_score?: number
  readonly bbox: readonly number[]
  /** Square pixels, where they were told. */
  readonly area?: number
  readonly segmentation?: CompressedRle
}

export interface ProjectDocument {
  readonly name: string
  /** The whole path, or another name that no other project has: what is unsaved is kept under it. */
  readonly labelsFile: string
  readonly images: readonly StudioImage[]
  readonly annotations: readonly StudioObject[]
  readonly categories: readonly StudioCategory[]
}
