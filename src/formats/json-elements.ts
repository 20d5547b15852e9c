/** Cuts a JSON document into the elements of its lists while it is being read, so that it never has to be held whole. */
import { DataError } from '../errors.ts'

/** An element of a list, or a member of the document that is no list. */
export interface JsonElement {
  /** Name of the list in the document's object; empty where the document itself is the list. */
  readonly list: string
  /** Place in the list; -1 for a member that is no list, with `list` its name. */
  readonly index: number
  /** Bytes of the document before the element. */
  readonly offset: number
  /** The element's text, UTF-8: not yet checked to be JSON. */
  readonly text: Uint8Array
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** What may come next, outside of values. */
type Expecting = 'document' | 'key' | 'colon' | 'value' | 'element' | 'separator' | 'nothing'

/**
 * Elements of all lists of a JSON document, which is a list or an object of lists, in their order, some at a time. A list
 * without elements gives one `JsonElement` with index 0 and empty text, so that it can be told from one that is missing. What
 * is inside the elements is left to `parseElements`; everything around them is checked here. Throws `DataError` naming
 * `where` and the offset in bytes.
 */
export async function* jsonElements(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
): AsyncGenerator<readonly JsonElement[]> {
  const splitter = new Splitter(where)
  for await (const chunk of chunks) {
    const elements = splitter.take(chunk)
    if (elements.length > 0) yield elements
  }
  splitter.end()
}

class Splitter {
  readonly #where: string
  readonly #names = new Set<string>()
  #expecting: Expecting = 'document'
  #isFirst = true
  /** Bytes before the current chunk. */
  #offset = 0
  #isObject = false
  #list = ''
  /** -1 while a member of the object is read, the place in the list while an element is. */
  #index = -1
  #inValue = false
  /** Offset of the value in the document. */
  #start = 0
  /** Parts of the value in earlier chunks. */
  #begun: Uint8Array[] = []
  #depth = 0
  #inString = false
  #isEscaped = false

  constructor(where: string) {
    this.#where = where
  }

  take(chunk: Uint8Array): JsonElement[] {
    const elements: JsonElement[] = []
    let at = this.#offset === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? 3 : 0
    while (at < chunk.length) {
      at = this.#inValue ? this.#passValue(chunk, at, elements) : this.#passOutside(chunk, at, elements)
    }
    this.#offset += chunk.length
    return elements
  }

  end(): void {
    if (this.#expecting !== 'nothing') throw this.#notJson(this.#offset, 'the end of the file')
  }

  /** One byte between values. */
  #passOutside(chunk: Uint8Array, at: number, elements: JsonElement[]): number {
    const byte = chunk[at]
    if (byte === 32 || byte === 10 || byte === 13 || byte === 9) return at + 1
    const isFirst = this.#isFirst
    this.#isFirst = false
    switch (this.#expecting) {
      case 'document':
        if (byte === OPEN_LIST) return this.#openList(at)
        if (byte !== OPEN_OBJECT) break
        this.#isObject = true
        return this.#expect('key', at)
      case 'key':
        if (byte === CLOSE_OBJECT && isFirst) return this.#expect('nothing', at)
        if (byte !== QUOTE) break
        return this.#startValue(at)
      case 'colon':
        if (byte !== COLON) break
        return this.#expect('value', at)
      case 'value':
        if (byte === OPEN_LIST) return this.#openList(at)
        return this.#startValue(at)
      case 'element':
        if (byte === CLOSE_LIST && isFirst) {
          elements.push({ list: this.#list, index: 0, offset: this.#offset + at, text: new Uint8Array(0) })
          return this.#closeList(at)
        }
        return this.#startValue(at)
      case 'separator':
        if (byte === COMMA) return this.#expect(this.#index >= 0 ? 'element' : 'key', at, false)
        if (this.#index >= 0 && byte === CLOSE_LIST) return this.#closeList(at)
        if (this.#index < 0 && byte === CLOSE_OBJECT) return this.#expect('nothing', at)
        break
      case 'nothing':
        break
    }
    throw this.#notJson(this.#offset + at, JSON.stringify(String.fromCharCode(byte)))
  }

  #expect(expecting: Expecting, at: number, isFirst = true): number {
    this.#expecting = expecting
    this.#isFirst = isFirst
    return at + 1
  }

  #openList(at: number): number {
    this.#index = 0
    return this.#expect('element', at)
  }

  #closeList(at: number): number {
    this.#index = -1
    return this.#expect(this.#isObject ? 'separator' : 'nothing', at)
  }

  #startValue(at: number): number {
    this.#inValue = true
    this.#start = this.#offset + at
    this.#depth = 0
    this.#begun = []
    return at
  }

  /** Goes through a value, up to the separator behind it or the end of the chunk. */
  #passValue(chunk: Uint8Array, from: number, elements: JsonElement[]): number {
    const isKey = this.#expecting === 'key'
    let depth = this.#depth
    let at = this.#inString ? this.#passString(chunk, from) : from
    while (at < chunk.length) {
      const byte = chunk[at]
      if (byte === QUOTE) {
        at = this.#passString(chunk, at + 1)
        continue
      }
      // Within a value most bytes are of numbers.
      if (depth > 0) {
        if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++
        else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++
      else if (byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT || (isKey && byte === COLON)) {
        break
      }
      at++
    }
    this.#depth = depth
    const part = chunk.subarray(from, at)
    if (at === chunk.length) {
      this.#begun.push(part.slice())
      return at
    }
    this.#endValue(joined([...this.#begun, part]), this.#offset + at, elements)
    return at
  }

  /** Goes behind the end of a string, or to that of the chunk. */
  #passString(chunk: Uint8Array, from: number): number {
    let at = this.#isEscaped ? from + 1 : from
    this.#isEscaped = false
    for (;;) {
      const quote = chunk.indexOf(QUOTE, at)
      const end = quote < 0 ? chunk.length : quote
      let slashes = end
      while (slashes > at && chunk[slashes - 1] === BACKSLASH) slashes--
      const isEscaped = (end - slashes) % 2 === 1
      this.#inString = quote < 0 || isEscaped
      if (quote < 0) this.#isEscaped = isEscaped
      if (quote < 0 || !isEscaped) return Math.min(end + 1, chunk.length)
      at = quote + 1
    }
  }

  #endValue(text: Uint8Array, end: number, elements: JsonElement[]): void {
    this.#inValue = false
    if (text.length === 0) throw this.#notJson(end, 'nothing where a value should be')
    if (this.#expecting === 'key') {
      const [name] = parseElements([{ list: '', index: -1, offset: this.#start, text }], this.#where)
      this.#list = String(name)
      if (this.#names.has(this.#list)) {
        throw repeatedMember(this.#list, this.#where)
      }
      this.#names.add(this.#list)
      this.#expecting = 'colon'
      return
    }
    elements.push({ list: this.#list, index: this.#index, offset: this.#start, text })
    if (this.#index >= 0) this.#index++
    this.#expecting = 'separator'
  }

  #notJson(offset: number, got: string): DataError {
    return new DataError('file is not JSON', { where: this.#where, got: `${got} at byte ${offset}` })
  }
}

/** For a member that an object has twice: JSON allows it, and readers keep one of the two without a word. */
export function repeatedMember(name: string, where: string): DataError {
  return new DataError(`"${name}" is there twice`, { where, expected: 'one list of each name' })
}

/** Values of elements. Throws `DataError` naming `where` and the first element that is not JSON. */
export function parseElements(elements: readonly JsonElement[], where: string): unknown[] {
  const parts = stretches(elements).flatMap((text, i) => (i === 0 ? [text] : [SEPARATOR, text]))
  try {
    const values: unknown = JSON.parse(`[${new TextDecoder('utf-8', { fatal: true }).decode(joined(parts))}]`)
    if (Array.isArray(values) && values.length === elements.length) return values
  } catch {}
  return elements.map((element) => parseElement(element, where))
}

const SEPARATOR = Uint8Array.of(COMMA)

/** The text of elements, of those that follow each other in memory as in the document with the separators between them. */
function stretches(elements: readonly JsonElement[]): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let i = 0; i < elements.length; ) {
    const first = elements[i]
    const start = first.text.byteOffset
    let last = first
    for (i++; i < elements.length && isNext(last, elements[i]); i++) last = elements[i]
    found.push(new Uint8Array(first.text.buffer, start, last.text.byteOffset + last.text.length - start))
  }
  return found
}

function isNext(a: JsonElement, b: JsonElement): boolean {
  const inOrder = b.list === a.list && b.index === a.index + 1 && b.text.buffer === a.text.buffer
  return inOrder && b.offset - a.offset === b.text.byteOffset - a.text.byteOffset
}

function parseElement({ list, index, text }: JsonElement, where: string): unknown {
  const place = index < 0 ? list : `${list}[${index}]`
  const at = place === '' ? where : `${where}: ${place}`
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch (cause) {
    if (cause instanceof TypeError) throw new DataError('file is not UTF-8 text', { where: at }, { cause })
    const reason = cause instanceof Error ? cause.message.replace(/\s+/g, ' ') : String(cause)
    throw new DataError(`file is not JSON: ${reason}`, { where: at }, { cause })
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
