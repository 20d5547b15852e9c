import { lastPart, stemsOf } from '../data/formats/split-folders.ts'

/**
 * A name for what is written about each image: its file name without the ending. Where two images would share
 * one, or an image would take a `reserved` one, a number is added, the first that is free. Names that differ only
 * in case count as shared, since some file systems hold them for one.
 */
export function imageNames(files: readonly string[], reserved: readonly string[] = []): string[] {
  return stemsOf(files.map(lastPart), reserved)
}
