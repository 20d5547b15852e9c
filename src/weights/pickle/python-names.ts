import { WeightError } from '../../errors.ts'
import {
  Bytes,
  Described,
  Dict,
  itemsOf,
  LongText,
  Members,
  type PickleContext,
  type PickleValue,
  Rebuild,
  Restorable,
} from './values.ts'

/** Of the parts of a path, and of the path. */
const [MOST_PARTS, LONGEST_PATH] = [64, 4096]
/** Bytes up to this many are held. */
const HELD = 256

/** A class that a pickle only mentions: the kind of an array, what a dict holds by default. */
export class Named extends Described {
  readonly description: string

  constructor(name: string) {
    super()
    this.description = name
  }
}

/** `argparse.Namespace`: settings of the program that wrote a checkpoint, by name. */
export class Settings extends Restorable {
  readonly entries = new Dict()

  restore(state: PickleValue, { error, spend }: PickleContext): void {
    if (!(state instanceof Dict)) throw error('settings are no dict')
    spend(state.entries.size)
    for (const [name, value] of state.entries) this.entries.entries.set(name, value)
  }
}

/** Data of Python's standard library, by module and name. */
export const PYTHON_NAMES: readonly (readonly [name: string, value: PickleValue])[] = [
  ...['collections.OrderedDict', 'collections.Counter', 'builtins.dict'].map(
    (name) => [name, new Rebuild(name, dictOf)] as const,
  ),
  // What it holds by default is of no use to those who only read.
  ['collections.defaultdict', new Rebuild('collections.defaultdict', () => new Dict())],
  ...['builtins.set', 'builtins.frozenset'].map((name) => [name, new Rebuild(name, setOf)] as const),
  ...['int', 'float', 'str', 'bool', 'list', 'tuple', 'object'].map(
    (name) => [`builtins.${name}`, new Named(name)] as const,
  ),
  ['builtins.bytes', new Rebuild('builtins.bytes', bytesOf)],
  ['builtins.bytearray', new Rebuild('builtins.bytearray', bytesOf)],
  // How protocol 2 writes bytes: as text of the characters 0 to 255.
  ['_codecs.encode', new Rebuild('_codecs.encode', bytesOf)],
  ['argparse.Namespace', new Rebuild('argparse.Namespace', () => new Settings())],
  ...['PosixPath', 'PurePosixPath', 'WindowsPath', 'PureWindowsPath'].map(
    (name) => [`pathlib.${name}`, new Rebuild(`pathlib.${name}`, pathOf)] as const,
  ),
]

function dictOf(args: readonly PickleValue[], { error, spend }: PickleContext): Dict {
  const [source] = args
  const dict = new Dict()
  if (source instanceof Dict) spend(source.entries.size)
  const entries = source instanceof Dict ? [...source.entries] : itemsOf(source ?? [], error)
  spend(entries.length)
  for (const entry of entries) {
    const [key, value, ...more] = itemsOf(entry, error)
    if (value === undefined || more.length > 0) throw error('a dict is made of what are no pairs')
    dict.entries.set(key, value)
  }
  return dict
}

function setOf(args: readonly PickleValue[], { error, spend }: PickleContext): Members {
  const items = itemsOf(args[0] ?? [], error)
  spend(items.length)
  const set = new Members()
  for (const item of items) set.items.add(item)
  return set
}

function bytesOf([source, encoding]: readonly PickleValue[], { error }: PickleContext): Bytes {
  if (source === undefined) return Bytes.of(new Uint8Array(0))
  if (source instanceof Bytes) return source
  const isText = typeof source === 'string' || source instanceof LongText
  if (!isText || typeof encoding !== 'string' || !/^latin-?1$/.test(encoding)) {
    throw error('bytes are made of what is no latin1 text')
  }
  return latin1(source, error)
}

const NO_LATIN1 = 'bytes are written as text that is not latin1'

/** The bytes that a text of the characters 0 to 255 stands for. */
export function latin1(text: string | LongText, error: PickleContext['error']): Bytes {
  if (text instanceof LongText) {
    // A character takes one or two bytes as UTF-8.
    return new Bytes(Math.ceil(text.bytes / 2), text.bytes, async () => latin1OfUtf8(await text.read()))
  }
  const encoded = () => latin1OfUtf8(new TextEncoder().encode(text))
  if (text.length > HELD) return new Bytes(text.length, text.length, async () => encoded())
  if (/[^\0-\xff]/.test(text)) throw error(NO_LATIN1)
  return Bytes.of(encoded())
}

function latin1OfUtf8(utf8: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(utf8.length)
  let length = 0
  for (let i = 0; i < utf8.length; i++) {
    const first = utf8[i]
    if (first < 0x80) bytes[length++] = first
    else if ((first & 0xfe) === 0xc2 && (utf8[i + 1] & 0xc0) === 0x80)
      bytes[length++] = ((first & 3) << 6) | (utf8[++i] & 0x3f)
    else throw new WeightError(NO_LATIN1)
  }
  return bytes.subarray(0, length)
}

function pathOf(args: readonly PickleValue[], { error }: PickleContext): string {
  const parts = args.filter((part) => typeof part === 'string')
  const length = parts.reduce((sum, part) => sum + part.length + 1, 0)
  if (parts.length < args.length || args.length > MOST_PARTS || length > LONGEST_PATH)
    throw error('a path is made of what is no text, or too long')
  return parts.join('/').replace(/^\/\//, '/')
}
