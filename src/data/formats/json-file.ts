import { DataError } from '../../errors.ts'
import type { DataFolder } from './format.ts'

/** How messages name a file of a folder. */
export function placeOf(source: DataFolder, path: string): string {
  return source.name === '' || source.name === '.' ? path : `${source.name}/${path}`
}

/** The value in a JSON file of the folder. Throws `DataError` where the text is not JSON. */
export async function readJson(source: DataFolder, path: string): Promise<unknown> {
  const text = await source.readText(path)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/\s+/g, ' ') : String(cause)
    throw new DataError(`file is not JSON: ${reason}`, { where: placeOf(source, path) }, { cause })
  }
}

/** What stands between the brackets of a list in a JSON file: an entry a line, each written when it is asked for. */
export function* jsonLines<T>(entries: Iterable<T>, toJson: (entry: T) => object): Generator<string> {
  let end = ''
  for (const entry of entries) {
    yield end + JSON.stringify(toJson(entry))
    end = ',\n'
  }
  if (end !== '') yield '\n'
}

/** The first characters of a file, enough to see what is in it. */
export async function beginningOf(source: DataFolder, path: string): Promise<string> {
  for await (const chunk of source.openChunks(path))
    return new TextDecoder().decode(chunk.subarray(0, 1 << 16))
  return ''
}

/** Names of the members of the outermost object that begin within `text`, which may be cut anywhere. */
export function topLevelKeys(text: string): string[] {
  const keys: string[] = []
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    else if (character === '"') {
      const start = i + 1
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++
      if (depth === 1 && /^\s*:/.test(text.slice(i + 1, i + 50))) keys.push(text.slice(start, i))
    }
  }
  return keys
}

/** The JSON file that was named, or all of the folder. */
export async function jsonFiles(source: DataFolder, entry?: string): Promise<string[]> {
  if (entry !== undefined) return [entry]
  return (await source.list()).filter((path) => path.toLowerCase().endsWith('.json'))
}
