import { foldedName, isImagePath } from '../data/file-lookup.ts'
import type { Losses } from '../data/losses.ts'
import type { DataFolder } from './format.ts'
import { fileStem } from './image-files.ts'
import { folderOf, withoutEnding } from './split-folders.ts'

/** What a file of labels says of its image. */
export interface LabelFile {
  /** Its path from the folder of its split, without ending. */
  readonly key: string
  /** The image that it states, from the folder of the images; empty for none. */
  readonly stated: string
  /** The file as messages name it. */
  readonly where: string
}

const COPIED = 'files that state the image of another file, taken for the one of their own name'
const MISSING = 'files that state an image that is missing, taken for the one of their own name'
const DOUBTFUL = 'files taken for the image that they state, though there is one of their own name'
const KEPT =
  'files whose image was not found, neither as stated nor by their own name: the stated name was kept'

/**
 * Which image a file of labels is about, for formats whose files state one and are named after one. The stated image where it
 * exists; else the one of the file's own name where that exists; else the stated name is kept. Names that were not corrected
 * when files were copied or renumbered state the image of another file: where that one has a file of its own, and this one an
 * image of its own name, the own name counts. What is not plain is noted.
 */
export class DescribedImages {
  readonly #images: DataFolder
  readonly #prefix: string
  readonly #labelled: ReadonlySet<string>
  readonly #losses: Losses
  /** Of images, by name without ending; undefined where several have it. */
  #named?: Map<string, string | undefined>

  /**
   * @param prefix of the folder of the images in `images`, with `/`
   * @param keys of all files of labels of the split
   */
  constructor(images: DataFolder, prefix: string, keys: readonly string[], losses: Losses) {
    this.#images = images
    this.#prefix = prefix
    this.#labelled = new Set(keys.map(foldedName))
    this.#losses = losses
  }

  /** `path` in the folder of the images, where it was found; `fileName` from the folder of the split. */
  async of({ key, stated, where }: LabelFile): Promise<{ path?: string; fileName: string }> {
    const own = await this.#own(key, stated)
    const found = stated === '' ? undefined : await this.#images.find(this.#prefix + stated)
    const isSame = stated === '' || foldedName(fileStem(stated)) === foldedName(fileStem(key))
    const isOfAnother = this.#labelled.has(foldedName(folderOf(key) + fileStem(stated)))
    const isCopied = found !== undefined && own !== undefined && !isSame && isOfAnother
    const path = isCopied ? own : (found ?? own)
    const note = isCopied ? COPIED : path === undefined ? KEPT : found === undefined ? MISSING : DOUBTFUL
    const isPlain = isSame || (note === DOUBTFUL && own === undefined)
    if (!isPlain) this.#losses.note(note, `${where}: ${stated}`)
    if (path !== undefined) return { path, fileName: path.slice(this.#prefix.length) }
    return { fileName: stated || key }
  }

  /** The image of the file's own name: beside where the stated one would be, or beside the file. */
  async #own(key: string, stated: string): Promise<string | undefined> {
    this.#named ??= await this.#byName()
    const named = this.#named
    const beside = folderOf(stated) + fileStem(key)
    return named.get(foldedName(this.#prefix + beside)) ?? named.get(foldedName(this.#prefix + key))
  }

  async #byName(): Promise<Map<string, string | undefined>> {
    const named = new Map<string, string | undefined>()
    for (const path of (await this.#images.list()).filter(isImagePath)) {
      const name = foldedName(withoutEnding(path))
      named.set(name, named.has(name) ? undefined : path)
    }
    return named
  }
}
