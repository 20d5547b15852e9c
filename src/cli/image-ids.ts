import { readCocoHeader } from '../data/formats/coco/coco-stream.ts'
import { DataError } from '../errors.ts'
import { openChunks } from '../node/files.ts'

/**
 * The id that a COCO file gives to each image: of the entry whose `file_name` is the whole path or its last parts, the
 * longest where several are. Throws `DataError` naming the first file that has none, and two files of one id.
 */
export async function imageIdsOf(files: readonly string[], annotations: string): Promise<number[]> {
  const { images } = await readCocoHeader(() => openChunks(annotations), annotations)
  const idOf = new Map(images.map(({ id, fileName }) => [fileName.replaceAll('\\', '/'), id]))
  const fileOf = new Map<number, string>()
  return files.map((file) => {
    const id = endings(file).flatMap((ending) => idOf.get(ending) ?? [])[0]
    if (id === undefined) {
      throw new DataError('image is not in the annotations', {
        where: file,
        expected: `an entry in "images" of ${annotations} whose file_name is the path or the end of it`,
      })
    }
    const other = fileOf.get(id)
    if (other !== undefined) {
      throw new DataError('two files are the same image of the annotations', {
        where: file,
        got: `image id ${id}, which ${other} is as well`,
      })
    }
    fileOf.set(id, file)
    return id
  })
}

/** `a/b/c.png`, `b/c.png`, `c.png`. */
function endings(file: string): string[] {
  const parts = file.replaceAll('\\', '/').split('/')
  return parts.map((_, i) => parts.slice(i).join('/'))
}
