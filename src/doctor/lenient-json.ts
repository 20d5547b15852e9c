import { DataError } from '../errors.ts'
import type { OpenChunks } from '../formats/coco/coco-stream.ts'
import { jsonElements, parseElements, repeatedMember } from '../formats/json-elements.ts'
import { describe, type JsonObject } from '../formats/json-fields.ts'
import type { Dialect } from './raw-coco.ts'

export interface LenientDocument {
  readonly document: JsonObject
  /** What was read although JSON has no such thing. */
  readonly dialect: readonly Dialect[]
}

/** Characters beyond which a text cannot be one string, and mistakes in it are told by the strict reader alone. */
const LONGEST_TEXT = 500_000_000

/**
 * The object in a JSON file, read in pieces. Where it is not JSON, once more with what other programs write by mistake:
 * NaN and Infinity (which become infinite numbers here), commas before a closing bracket, a byte order mark. Throws
 * `DataError` with line and column for anything else that is not JSON, and for a file that holds no object.
 */
export async function readLenientJson(open: OpenChunks, where: string): Promise<LenientDocument> {
  let result: { value: unknown; dialect: readonly Dialect[] }
  try {
    result = { value: await readStrict(open, where), dialect: [] }
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause
    const text = await wholeText(open, where)
    if (text === undefined) throw cause
    result = parseLenient(text, where)
  }
  const { value, dialect } = result
  if (Array.isArray(value)) {
    const isResults = value.some((entry) => typeof entry === 'object' && entry !== null && 'score' in entry)
    throw new DataError(isResults ? 'these are results, not annotations' : 'file is a list', {
      where,
      expected: 'an object with the lists images, annotations and categories',
      got: describe(value),
    })
  }
  if (typeof value !== 'object' || value === null) {
    throw new DataError('file is not a COCO file', {
      where,
      expected: 'an object with the lists images, annotations and categories',
      got: describe(value),
    })
  }
  return { document: value as JsonObject, dialect }
}

async function readStrict(open: OpenChunks, where: string): Promise<unknown> {
  const document: Record<string, unknown> = {}
  for await (const elements of jsonElements(open(), where)) {
    const present = elements.filter(({ text }) => text.length > 0)
    const values = parseElements(present, where)
    for (const { list, index, text } of elements) if (index === 0 && text.length === 0) document[list] = []
    for (const [i, { list, index }] of present.entries()) {
      if (index < 0) document[list] = values[i]
      else if (index === 0) document[list] = [values[i]]
      else (document[list] as unknown[]).push(values[i])
    }
  }
  return Array.isArray(document['']) ? document[''] : document
}

/** Undefined for a text that no string can hold. Throws `DataError` for other encodings. */
async function wholeText(open: OpenChunks, where: string): Promise<string | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const parts: string[] = []
  let length = 0
  try {
    for await (const chunk of open()) {
      length += chunk.length
      if (length > LONGEST_TEXT) return undefined
      parts.push(decoder.decode(chunk, { stream: true }))
    }
    parts.push(decoder.decode())
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw new DataError('file is not UTF-8 text', { where }, { cause })
  }
  return parts.join('')
}

/** Space, then a token: a string, a number or word, or a single character. */
const TOKEN = /[ \t\r\n]*("[^"\\]*(?:\\.[^"\\]*)*"|[\w.+-]+|[^ \t\r\n])/suy
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/
const NOT_NUMBERS = ['NaN', 'Infinity', '-Infinity', '-NaN', 'nan', 'inf', '-inf']

/**
 * A JSON text with the liberties of `readLenientJson`. Throws `DataError` at the first token that fits no reading, with its
 * line and column.
 */
export function parseLenient(text: string, where: string): { value: unknown; dialect: Dialect[] } {
  return new LenientParser(text, where).parse()
}

class LenientParser {
  readonly #text: string
  readonly #where: string
  readonly #dialect: Dialect[] = []
  #token = ''
  /** Where the token starts. */
  #at = 0
  #next: number
  /** Line and column are counted on from the last place told. */
  #lineStart = 0
  #line = 1
  #counted = 0

  constructor(text: string, where: string) {
    this.#text = text
    this.#where = where
    this.#next = text.charCodeAt(0) === 0xfeff ? 1 : 0
  }

  parse(): { value: unknown; dialect: Dialect[] } {
    this.#advance()
    const value = this.#value()
    if (this.#token !== '') throw this.#unexpected('the end of the file')
    return { value, dialect: this.#dialect }
  }

  #advance(): void {
    TOKEN.lastIndex = this.#next
    const match = TOKEN.exec(this.#text)
    this.#next = match ? TOKEN.lastIndex : this.#text.length
    this.#token = match ? match[1] : ''
    this.#at = this.#next - this.#token.length
  }

  #value(): unknown {
    const token = this.#token
    if (token === '{') return this.#object()
    if (token === '[') return this.#list()
    if (token.startsWith('"') && token.length > 1) return this.#string()
    if (token === 'true' || token === 'false' || token === 'null' || NUMBER.test(token)) {
      this.#advance()
      return JSON.parse(token)
    }
    if (NOT_NUMBERS.includes(token)) {
      this.#note(`the number ${token}`)
      this.#advance()
      return token.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
    }
    throw this.#unexpected('a value')
  }

  #string(): string {
    try {
      const value = JSON.parse(this.#token) as string
      this.#advance()
      return value
    } catch {
      throw this.#unexpected('a string without line breaks and unknown escapes')
    }
  }

  #object(): JsonObject {
    const members: [string, unknown][] = []
    const names = new Set<string>()
    this.#advance()
    while (!this.#closes('}', members.length > 0)) {
      if (!this.#token.startsWith('"') || this.#token.length < 2)
        throw this.#unexpected('a name in double quotes')
      const name = this.#string()
      if (this.#token !== ':') throw this.#unexpected('a colon')
      if (names.has(name)) throw repeatedMember(name, this.#where)
      names.add(name)
      this.#advance()
      members.push([name, this.#value()])
    }
    return Object.fromEntries(members)
  }

  #list(): unknown[] {
    const values: unknown[] = []
    this.#advance()
    while (!this.#closes(']', values.length > 0)) values.push(this.#value())
    return values
  }

  /** Passes the bracket, or the comma between two members. */
  #closes(bracket: string, isInside: boolean): boolean {
    if (this.#token === bracket) {
      this.#advance()
      return true
    }
    if (!isInside) return false
    if (this.#token !== ',') throw this.#unexpected(`a comma or ${bracket}`)
    const { line, column } = this.#place()
    this.#advance()
    if (this.#token !== bracket) return false
    this.#dialect.push({ line, column, what: `a comma before ${bracket}` })
    this.#advance()
    return true
  }

  #note(what: string): void {
    this.#dialect.push({ ...this.#place(), what })
  }

  #place(): { line: number; column: number } {
    for (let at = this.#text.indexOf('\n', this.#counted); at >= 0 && at < this.#at; ) {
      this.#line++
      this.#lineStart = at + 1
      at = this.#text.indexOf('\n', at + 1)
    }
    this.#counted = this.#at
    return { line: this.#line, column: this.#at - this.#lineStart + 1 }
  }

  #unexpected(expected: string): DataError {
    const { line, column } = this.#place()
    const isEnd = this.#token === ''
    return new DataError(isEnd ? 'file is not JSON: it ends too early' : 'file is not JSON', {
      where: `${this.#where}: line ${line}, column ${column} (offset ${this.#at})`,
      expected,
      got: isEnd ? 'the end of the file' : describe(this.#token),
      hint: isEnd ? 'It was cut short: copy or export it again' : undefined,
    })
  }
}
