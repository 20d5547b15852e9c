import { foldedName, isImagePath } from '../../data/file-lookup.ts'
import type { DataFolder } from '../format.ts'
import { folderOf, lastPart, withoutEnding } from '../split-folders.ts'
import { isClassList } from './yolo-classes.ts'

export function isImageFolder(name: string): boolean {
  return foldedName(name) === 'images'
}

export function isLabelFolder(name: string): boolean {
  return foldedName(name) === 'labels'
}

/** Label file of an image: in `labels` where the image is in `images` (the last of that name), else beside it. */
export function labelPathOf(image: string): string {
  const parts = withoutEnding(image).split('/')
  const at = parts.findLastIndex((part, i) => i < parts.length - 1 && isImageFolder(part))
  if (at >= 0) parts[at] = 'labels'
  return `${parts.join('/')}.txt`
}

/** Whether a path is in a folder `labels`, at any depth. */
export function isInLabels(path: string): boolean {
  return folderOf(path).split('/').some(isLabelFolder)
}

/** Paths by their names, in capitals or not: as they are written, else the only one that differs in case alone. */
export class PathIndex {
  readonly #exact: ReadonlySet<string>
  readonly #folded = new Map<string, string[]>()

  constructor(paths: Iterable<string>) {
    this.#exact = new Set(paths)
    for (const path of this.#exact) {
      const key = foldedName(path)
      const alike = this.#folded.get(key)
      if (alike) alike.push(path)
      else this.#folded.set(key, [path])
    }
  }

  find(path: string): string | undefined {
    if (this.#exact.has(path)) return path
    const alike = this.#folded.get(foldedName(path)) ?? []
    return alike.length === 1 ? alike[0] : undefined
  }
}

/** Text files of a data set that may be labels, each to be used once or accounted for. */
export class LabelFiles {
  readonly paths: readonly string[]
  readonly #source: DataFolder
  readonly #index: PathIndex
  readonly #used = new Set<string>()

  constructor(source: DataFolder, files: readonly string[]) {
    this.#source = source
    const stems = new Set(files.filter(isImagePath).map((path) => withoutEnding(lastPart(path))))
    // `classes.txt` is about an image where one is called so.
    const isLabel = (path: string) => !isClassList(path) || stems.has(withoutEnding(lastPart(path)))
    this.paths = files.filter((path) => /\.txt$/i.test(path) && isLabel(path))
    this.#index = new PathIndex(this.paths)
  }

  /** The label file of an image: where the layout has it, else beside the image. */
  of(image: string): string | undefined {
    const label = this.#index.find(labelPathOf(image)) ?? this.#index.find(`${withoutEnding(image)}.txt`)
    if (label !== undefined) this.use(label)
    return label
  }

  use(path: string): void {
    this.#used.add(path)
  }

  /** Those that nothing has used: all in folders `labels`, and others that read like labels. */
  async left(): Promise<string[]> {
    const left: string[] = []
    for (const path of this.paths) {
      if (this.#used.has(path)) continue
      if (isInLabels(path) || (await this.#looksLikeLabels(path))) left.push(path)
    }
    return left
  }

  async #looksLikeLabels(path: string): Promise<boolean> {
    const text = await this.#source.readText(path).catch(() => '')
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
    return lines.length > 0 && lines.every((line) => LABEL_LINE.test(line))
  }
}

/** A class index, and four numbers or more. */
const LABEL_LINE = /^\s*\d+(\s+[-+.\deE]+){4,}\s*$/
