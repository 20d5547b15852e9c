import { join } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { existsIn } from '../../node/image-folder.ts'

/**
 * Folder of the images of an annotation file in `here`: as given, or the first of the usual places (beside the file, `images`
 * beside it, `images` beside its folder) that has one of the first images. Undefined where none has any.
 */
export async function findImageFolder(
  here: string,
  fileNames: readonly (string | undefined)[],
  given?: string,
): Promise<string | undefined> {
  if (given !== undefined) return given
  for (const folder of [here, join(here, 'images'), join(here, '..', 'images')]) {
    for (const fileName of fileNames.slice(0, FIRST_IMAGES)) {
      if (fileName && (await existsIn(folder)(fileName))) return folder
    }
  }
  return undefined
}

/** Some may be missing: one that is there tells the folder. */
const FIRST_IMAGES = 5

/** The folder given for each file: one for all, or one for each in order. Throws `ConfigError` for any other count. */
export function foldersFor(files: readonly string[], given: readonly string[]): (string | undefined)[] {
  if (given.length > 1 && given.length !== files.length) {
    throw new ConfigError('the folders of images do not fit the files', {
      where: '--images',
      expected: `one for all, or one for each of ${files.length} files`,
      got: `${given.length}`,
    })
  }
  return files.map((_, i) => (given.length > 1 ? given[i] : given[0]))
}
