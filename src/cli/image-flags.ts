/** Flags of commands that segment image after image. */
import type { Command } from 'commander'
import {
  channelFlag,
  intensityFlag,
  maxFlag,
  overlapFlag,
  pageNumber,
  probability,
  tileFlag,
  ttaFlag,
} from './flags.ts'

/** How a file becomes a picture. */
export function addReadingFlags(command: Command): void {
  command
    .optionsGroup('Reading:')
    .addOption(intensityFlag())
    .option(
      '--page <n>',
      'which page, frame or plane of images that have several, counted from 1; all: each for itself',
      (text) => (text === 'all' ? text : pageNumber(text)),
    )
    .addOption(channelFlag())
}

/** How each image is segmented. */
export function addImageFlags(command: Command): void {
  command
    .optionsGroup('Segmenting:')
    .option('--score <score>', 'leave out instances below this score', probability, 0.5)
    .addOption(maxFlag())
    .addOption(tileFlag())
    .addOption(overlapFlag())
    .addOption(ttaFlag())
}
