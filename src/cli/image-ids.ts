import { DataError } from '../errors.ts'
import { readCocoHeader } from '../formats/coco/coco-stream.ts'
import { openChunks } from '../node/files.ts'

/** Which of some files a COCO file lists. */
export interface ListedImages {
  /** Of each file that is listed. */
  readonly idOf: ReadonlyMap<string, number>
  /** How many images it lists. */
  readonly count: number
}

/**
 * The id that a COCO file gives to each of the images it lists: that of the entry whose `file_name` is the whole path or its
 * last parts, the longest where several are. Throws `DataError` where none is listed, and for two files of one id.
 */
export async function listedImageIds(files: readonly string[], annotations: string): Promise<ListedImages> {
  const { images } = await readCocoHeader(() => openChunks(annotations), annotations)
  const idByName = new Map(images.map(({ id, fileName }) => [fileName.replaceAll('\\', '/'), id]))
  const fileOf = new Map<number, string>()
  const listed = new Map<string, number>()
  for (const file of files) {
    const id = endings(file).flatMap((ending) => idByName.get(ending) ?? [])[0]
    if (id === undefined) continue
    const other = fileOf.get(id)
    if (other !== undefined) {
      throw new DataError('two files are the same image of the annotations', {
        where: file,
        got: `image id ${id}, which ${other} is as well`,
      })
    }
    fileOf.set(id, file)
    listed.set(file, id)
  }
  if (listed.size > 0) return { idOf: listed, count: images.length }
  throw new DataError('none of the images is in the annotations', {
    where: files[0],
    expected: `an entry in "images" of ${annotations} whose file_name is the path or the end of it`,
  })
}

/** `a/b/c.png`, `b/c.png`, `c.png`. */
export function endings(file: string): string[] {
  const parts = file.replaceAll('\\', '/').split('/')
  return parts.map((_, i) => parts.slice(i).join('/'))
}
