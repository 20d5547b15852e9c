import { DataError } from '../errors.ts'
import type { DataFolder } from './format.ts'
import { repeatedMember } from './json-elements.ts'

/** How messages name a file of a folder. */
export function placeOf(source: DataFolder, path: string): string {
  return source.name === '' || source.name === '.' ? path : `${source.name}/${path}`
}

/** The value in a JSON file of the folder. Throws `DataError` where the text is not JSON, or an object has a member twice. */
export async function readJson(source: DataFolder, path: string): Promise<unknown> {
  const text = await source.readText(path)
  try {
    const value: unknown = JSON.parse(text)
    refuseRepeatedMembers(text, placeOf(source, path))
    return value
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    const reason = cause instanceof Error ? cause.message.replace(/\s+/g, ' ') : String(cause)
    throw new DataError(`file is not JSON: ${reason}`, { where: placeOf(source, path) }, { cause })
  }
}

/** Of a text that is JSON. */
function refuseRepeatedMembers(text: string, where: string): void {
  const open: Set<string>[] = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') open.push(new Set())
    else if (character === '}' || character === ']') open.pop()
    else if (character === '"') {
      const end = endOfString(text, at)
      if (/^\s*:/.test(text.slice(end + 1, end + 50))) {
        const name: string = JSON.parse(text.slice(at, end + 1))
        const names = open[open.length - 1]
        if (names.has(name)) throw repeatedMember(name, where)
        names.add(name)
      }
      at = end
    }
  }
}

/** Where the quotes that begin at `start` are closed. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  const isEscaped = () => {
    let before = end
    while (text[before - 1] === '\\') before--
    return (end - before) % 2 === 1
  }
  while (isEscaped()) end = text.indexOf('"', end + 1)
  return end
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
