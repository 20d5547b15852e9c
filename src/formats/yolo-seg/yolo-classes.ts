import { parse } from 'yaml'
import type { Losses } from '../../data/losses.ts'
import { DataError } from '../../errors.ts'
import type { DataFolder } from '../format.ts'
import { describe, isAbsent, type JsonObject, objectAt } from '../json-fields.ts'
import { placeOf } from '../json-file.ts'

/** Lists of class names, one a line: of YOLO's own tools, LabelImg, Darknet and Roboflow. */
const CLASS_LIST = /(^|\/)((predefined_)?classes\.txt|[^/]*\.names|_darknet\.labels)$/i

export function isClassList(path: string): boolean {
  return CLASS_LIST.test(path)
}

/**
 * The file that names the classes: the one that was given, a YAML file at the top with `names`, or a list of names, the one
 * nearest to the top. Undefined where there is none.
 */
export async function classFile(source: DataFolder, entry?: string): Promise<string | undefined> {
  if (entry !== undefined) return entry
  const files = await source.list()
  const isUsual = (path: string) => /^data\.ya?ml$/i.test(path)
  const yaml = files.filter((path) => /^[^/]*\.ya?ml$/i.test(path))
  for (const path of yaml.toSorted((a, b) => Number(isUsual(b)) - Number(isUsual(a)))) {
    if (/^["']?names["']?\s*:/m.test(await source.readText(path))) return path
  }
  const depth = (path: string) => path.split('/').length
  return files.filter(isClassList).toSorted((a, b) => depth(a) - depth(b))[0]
}

export interface YoloClasses {
  /** By class index. */
  readonly classes: readonly string[]
  /** Where it is one. */
  readonly yaml?: JsonObject
}

/** Throws `DataError` for a file of another content, and where several lists of names differ. A wrong count of classes is noted. */
export async function readClasses(source: DataFolder, path: string, losses: Losses): Promise<YoloClasses> {
  const place = placeOf(source, path)
  const text = await source.readText(path)
  if (/\.ya?ml$/i.test(path)) {
    const yaml = parseYaml(text, place)
    const classes = classNames(yaml, place)
    noteCount(yaml, classes, place, losses)
    return { yaml, classes }
  }
  const classes = classLines(text)
  for (const other of (await source.list()).filter(isClassList)) {
    const same = classLines(await source.readText(other))
    if (JSON.stringify(same) === JSON.stringify(classes)) continue
    throw new DataError('lists of classes differ', {
      where: placeOf(source, other),
      expected: `the names of ${place}, which are ${describe(classes)}`,
      got: describe(same),
      hint: 'Write data.yaml with "names", or convert the folders one by one',
    })
  }
  return { classes }
}

function parseYaml(text: string, where: string): JsonObject {
  let document: unknown
  try {
    // Every scalar is the text that stands there: a class may be called 007, yes or 12:30.
    document = parse(text, { logLevel: 'error', schema: 'failsafe' })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new DataError(`file is not YAML: ${reason}`, { where }, { cause })
  }
  const file = objectAt(document, where)
  if (file.kpt_shape === undefined) return file
  throw new DataError('labels are poses, not outlines', {
    where,
    got: `kpt_shape ${describe(file.kpt_shape)}`,
    expected: 'a data set for detection or segmentation',
  })
}

/** `names` is a list, or a map from index to name. */
function classNames({ names }: JsonObject, where: string): string[] {
  if (Array.isArray(names) && names.length > 0) return names.map(String)
  if (typeof names === 'object' && names !== null && !Array.isArray(names)) {
    const list: string[] = []
    for (const [key, name] of Object.entries(names)) {
      if (!/^\d{1,5}$/.test(key)) {
        throw new DataError('"names" is wrong', {
          where,
          expected: 'class indices from 0',
          got: describe(key),
        })
      }
      list[Number(key)] = String(name)
    }
    if (list.length > 0) return Array.from(list, (name, i) => name ?? `class ${i}`)
  }
  throw new DataError(`"names" is ${names === undefined ? 'missing' : 'wrong'}`, {
    where,
    expected: 'the names of the classes, a list or a map from index to name',
    got: describe(names),
  })
}

/** Which of the two is wrong cannot be told: where a name is missing, those behind it have moved. */
function noteCount({ nc }: JsonObject, { length }: readonly string[], where: string, losses: Losses): void {
  if (isAbsent(nc) || nc === '' || Number(nc) === length) return
  const what = 'files in which "nc" is not the number of "names", which were taken: are they complete?'
  losses.note(what, `${where}: nc ${nc}, ${length} names`)
}

function classLines(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  while (lines.at(-1) === '') lines.pop()
  return lines
}
