import type { Dataset } from '../data/dataset.ts'
import type { Losses } from '../data/losses.ts'
import type { Size } from '../geometry/boxes.ts'
import type { LabelRaster } from './mask-images/label-png.ts'

/** Names of the formats as users write them. */
export type FormatName =
  | 'coco'
  | 'yolo-seg'
  | 'labelme'
  | 'via'
  | 'pascal-voc'
  | 'mask-folder'
  | 'label-map'
  | 'panoptic'

/** Names of what can be read: all formats, and what models found. */
export type ReadableName = FormatName | 'coco-results'

/** Part of a data set that is kept apart. */
export interface Split {
  /** `train`, `val`, `test` or another name; empty where the data are not split. */
  readonly name: string
  readonly dataset: Dataset
  /**
   * Folder of the images inside the source, where the layout says so: `fileName`s are relative to it. Empty for the
   * source's own folder.
   */
  readonly images?: string
}

/** A folder a data set lies in; paths are relative to it, with `/`. What cannot be read throws `DataError` naming the file. */
export interface DataFolder {
  /** The folder as messages name it. */
  readonly name: string
  /** All files below, sorted; hidden ones (a part starts with a dot) are left out. */
  list(): Promise<readonly string[]>
  exists(path: string): Promise<boolean>
  /** The path of the file that a name in labels means (`findFile`); undefined where there is none. */
  find(name: string): Promise<string | undefined>
  readText(path: string): Promise<string>
  readBytes(path: string): Promise<Uint8Array>
  openChunks(path: string): AsyncIterable<Uint8Array>
  /** Size of the pixels as a viewer shows them: EXIF orientation is applied. */
  imageSize(path: string): Promise<Size>
  /** Exact samples of a TIFF file with one page, of any depth. */
  decodeTiff(tiff: Uint8Array, where: string): Promise<LabelRaster>
}

/**
 * Where a data set is written to; paths are relative, with `/`, and folders are made as needed. Every file is written
 * whole or not at all. A path that leaves the folder (`../x`, `/x`) throws `DataError`.
 */
export interface DataTarget {
  /** The folder as messages name it. */
  readonly name: string
  writeText(path: string, content: string | Iterable<string>): Promise<void>
  writeBytes(path: string, bytes: Uint8Array): Promise<void>
}

/** Told of what is done: `done` of `total` files or images. */
export type ConvertProgress = (done: number, total: number, note: string) => void

export interface ReadOptions {
  /** Told of what the format holds and a `Dataset` does not. */
  readonly losses: Losses
  /** For readers who look and write nothing: what is written about images and objects beside their shapes is not counted. */
  readonly shapesAlone?: boolean
  /** The file inside the folder that was named, for formats with a main file. */
  readonly entry?: string
  /** Where images lie for formats that need their sizes; default: where the layout has them in the source. */
  readonly images?: DataFolder
  /**
   * An annotation without area (a box of no width, a polygon of two points): `error` (default) throws `DataError`
   * naming it, `skip` leaves it out and counts it as lost.
   */
  readonly onDegenerate?: 'error' | 'skip'
  /** VIA: the region attribute that holds the category; default: the only one there is. */
  readonly attribute?: string
  /** Mask folders and label maps that name no categories: the name of their only one; default `object`. */
  readonly category?: string
  /** Results: the images and categories they are about. */
  readonly annotations?: Pick<Dataset, 'images' | 'categories'>
  readonly progress?: ConvertProgress
  readonly signal?: AbortSignal
}

export interface WriteOptions {
  /** Told of what the data set holds and the format does not. */
  readonly losses: Losses
  /** The file inside the target that was named, for formats that write one file. */
  readonly entry?: string
  /**
   * Given where images go along: puts the image `fileName` of `split` at `path` in the target, byte for byte. A format
   * calls it for every image, with the place its layout has for it.
   */
  readonly placeImage?: (split: Split, fileName: string, path: string) => Promise<void>
  /**
   * Given where images stay where they are: the path from a file of the target, at `from` in it, to the image `fileName` of
   * `split`; undefined where it was not found.
   */
  readonly imagePath?: (split: Split, fileName: string, from: string) => Promise<string | undefined>
  readonly progress?: ConvertProgress
  readonly signal?: AbortSignal
}

/** Files that a data set can be read from. */
export interface ReadableFormat {
  readonly name: ReadableName
  /** One sentence for help texts: files and shapes. */
  readonly about: string
  /** Whether its files state the sizes of images, which need not be there then. */
  readonly statesSizes?: boolean
  /** Whether the folder, or the file `entry` in it, looks like this format; reads as little as it can. */
  recognises(source: DataFolder, entry?: string): Promise<boolean>
  /** The splits in the source, at least one. Throws `DataError` naming file and entry for what cannot be read. */
  read(source: DataFolder, options: ReadOptions): Promise<readonly Split[]>
}

/** A way to store a data set in files. */
export interface DataFormat extends ReadableFormat {
  readonly name: FormatName
  /** Whether a data set without splits can be written to one file that the user names. */
  readonly isFile?: boolean
  /** Writes splits whose ids of images, annotations and categories are unique within each split. */
  write(splits: readonly Split[], target: DataTarget, options: WriteOptions): Promise<void>
}
