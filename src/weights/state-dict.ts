/** Finds the weights in what a checkpoint holds: a `state_dict` alone, or beside an optimizer, settings and more. */
import { type ErrorParts, WeightError } from '../errors.ts'
import { nearestName } from '../names/nearest-name.ts'
import { elementCount } from '../tensor/shape.ts'
import { NumpyArray } from './pickle/numpy-names.ts'
import { Settings } from './pickle/python-names.ts'
import {
  Bytes,
  Described,
  Dict,
  List,
  LongText,
  Members,
  type PickleValue,
  Restorable,
} from './pickle/values.ts'
import { STORED_BYTES } from './stored-dtype.ts'
import type { StoredTensor } from './stored-tensor.ts'
import { TorchTensor } from './torch/torch-names.ts'
import type { PlainValue } from './weights-file.ts'

export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly metadata: { readonly [name: string]: PlainValue }
  readonly members: readonly string[]
}

/** Where programs keep the weights in their checkpoints, the likeliest first. */
const WEIGHTS: readonly string[] = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'module',
  'net',
  'network',
  'weights',
  'params',
  'blobs',
]
/** Tensors may share their numbers, and small ones repeat them: how often all of a file, and bytes beside that. */
const [SHARED, REPEATED] = [4, 1 << 26]
/** A single tensor's. */
const ONLY = 'tensor'
const [MOST_TENSORS, LONGEST_NAME, DEEPEST, MOST_VALUES] = [100_000, 1000, 100, 2_000_000]

/**
 * The tensors of a checkpoint by dotted names, and what else it says. Where there are several places with tensors, `member` tells
 * which is meant; without it the place is taken that programs usually keep weights in, or all of them where there is no such.
 * Throws `WeightError` where there are no tensors, and for what is made to exhaust memory.
 */
export function checkpointOf(
  root: PickleValue,
  file: { readonly name: string; readonly size: number },
  member?: string,
): Checkpoint {
  const walk = new Walk(file.name)
  if (!walk.holdsTensors(root)) throw walk.error('the file holds no tensors')
  const members = walk.members(root)
  const chosen = member === undefined ? walk.usual(root) : walk.member(root, member, members)
  const plain = walk.plain(root) ?? {}
  const isRecord = typeof plain === 'object' && plain !== null && !Array.isArray(plain)
  const metadata = isRecord ? (plain as Checkpoint['metadata']) : { value: plain }
  const tensors = walk.tensors(chosen)
  const bytes = [...tensors.values()].reduce((sum, one) => sum + bytesOf(one), 0)
  if (bytes > SHARED * file.size + REPEATED) {
    throw walk.error('the tensors together are larger than what the file holds of them', {
      expected: `up to ${SHARED * file.size + REPEATED} bytes`,
      got: `${bytes}`,
    })
  }
  return { tensors, metadata, members }
}

function bytesOf({ dtype, shape }: StoredTensor): number {
  return elementCount(shape) * STORED_BYTES[dtype]
}

class Walk {
  readonly #where: string
  /** Containers by whether there are tensors in them at any depth. */
  readonly #holding = new Map<PickleValue, boolean>()
  #values = 0

  constructor(where: string) {
    this.#where = where
  }

  error(what: string, parts: Omit<ErrorParts, 'where'> = {}): WeightError {
    return new WeightError(what, { where: this.#where, ...parts })
  }

  holdsTensors(value: PickleValue, depth = 0): boolean {
    if (tensorOf(value)) return true
    const entries = entriesOf(value)
    if (!entries) return false
    const known = this.#holding.get(value)
    if (known !== undefined) return known
    this.#requireShallow(depth)
    this.#holding.set(value, false)
    let holds = false
    for (const [, inner] of entries) holds = this.holdsTensors(inner, depth + 1) || holds
    this.#holding.set(value, holds)
    return holds
  }

  /** Names of the places beside each other that hold tensors. */
  members(root: PickleValue, depth = 0): string[] {
    this.#requireShallow(depth)
    const places = this.#places(root)
    if (places.length !== 1 || isDirect(root)) return places.map(([name]) => name)
    const [[name, only]] = places
    const inner = this.members(only, depth + 1)
    return inner.length > 0 ? inner.map((path) => `${name}.${path}`) : [name]
  }

  member(root: PickleValue, path: string, members: readonly string[]): PickleValue {
    const found = this.#at(root, path)
    if (found !== undefined) return found
    const near = nearestName(path, members)
    throw this.error(`the file holds no tensors under ${path}${near ? `; did you mean ${near}?` : ''}`, {
      expected: near || members.length === 0 ? undefined : `one of ${members.slice(0, 20).join(', ')}`,
    })
  }

  #at(value: PickleValue, path: string): PickleValue | undefined {
    for (const [key, inner] of entriesOf(value) ?? []) {
      const name = nameOf(key)
      if (name === undefined || !this.holdsTensors(inner)) continue
      if (name === path) return inner
      const found = path.startsWith(`${name}.`) ? this.#at(inner, path.slice(name.length + 1)) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Where programs usually keep the weights. */
  usual(root: PickleValue, depth = 0): PickleValue {
    this.#requireShallow(depth)
    const places = this.#places(root)
    const named = WEIGHTS.map((name) => places.find(([place]) => place === name)).find((place) => place)
    const only = places.length === 1 && !isDirect(root) ? places[0] : undefined
    const chosen = named ?? only
    return chosen ? this.usual(chosen[1], depth + 1) : root
  }

  /** Containers in this one that hold tensors, by name. */
  #places(value: PickleValue): [string, PickleValue][] {
    return (entriesOf(value) ?? []).flatMap(([key, inner]) => {
      const name = nameOf(key)
      const isPlace = name !== undefined && !tensorOf(inner) && this.holdsTensors(inner)
      return isPlace ? [[name, inner] as [string, PickleValue]] : []
    })
  }

  tensors(root: PickleValue): Map<string, StoredTensor> {
    const found = new Map<string, StoredTensor>()
    const visit = (value: PickleValue, name: string, depth: number) => {
      const tensor = tensorOf(value)
      if (tensor) {
        if (found.has(name)) throw this.error('two tensors have one name', { got: name })
        if (found.size === MOST_TENSORS)
          throw this.error('there are too many tensors', { expected: `up to ${MOST_TENSORS}` })
        found.set(name, tensor)
        return
      }
      this.#requireShallow(depth)
      for (const [key, inner] of entriesOf(value) ?? []) {
        this.#spend()
        if (!this.holdsTensors(inner)) continue
        const part = nameOf(key)
        if (part === undefined)
          throw this.error('the name of a tensor is no text', name === '' ? {} : { got: `one in ${name}` })
        const full = name === '' ? part : `${name}.${part}`
        if (full.length > LONGEST_NAME)
          throw this.error('the name of a tensor is too long', { got: `${full.slice(0, 80)}…` })
        visit(inner, full, depth + 1)
      }
    }
    if (tensorOf(root)) found.set(ONLY, tensorOf(root) as StoredTensor)
    else visit(root, '', 0)
    return found
  }

  /** Without tensors, and without containers of nothing but tensors; undefined for those. */
  plain(value: PickleValue, depth = 0): PlainValue | undefined {
    this.#spend()
    if (tensorOf(value)) return undefined
    if (
      value === null ||
      typeof value === 'boolean' ||
      typeof value === 'number' ||
      typeof value === 'string'
    )
      return value
    if (typeof value === 'bigint') return `${value}`
    if (value instanceof Bytes) return { bytes: value.most }
    if (value instanceof LongText) return { bytes: value.bytes }
    if (value instanceof Described) return value.description
    this.#requireShallow(depth)
    if (value instanceof Members || value instanceof List || Array.isArray(value)) {
      const items = value instanceof List || value instanceof Members ? [...value.items] : value
      const plain = items.map((item) => this.plain(item, depth + 1))
      return items.length > 0 && plain.every((item) => item === undefined)
        ? undefined
        : plain.map((item) => item ?? null)
    }
    const entries = entriesOf(value instanceof Settings ? value.entries : value)
    if (!entries) return value instanceof Restorable ? 'an object' : null
    const plain = entries.flatMap(([key, inner]) => {
      const item = this.plain(inner, depth + 1)
      const name = nameOf(key)
      return item === undefined || name === undefined ? [] : [[name, item] as const]
    })
    // `fromEntries` defines, so that no name reaches a prototype.
    return entries.length > 0 && plain.length === 0 ? undefined : Object.fromEntries(plain)
  }

  #spend(): void {
    if (++this.#values > MOST_VALUES)
      throw this.error('the file holds more than weights need', { expected: `up to ${MOST_VALUES} values` })
  }

  #requireShallow(depth: number): void {
    if (depth > DEEPEST)
      throw this.error('what the file holds is nested too deep', { expected: `up to ${DEEPEST} levels` })
  }
}

function tensorOf(value: PickleValue): StoredTensor | undefined {
  return value instanceof TorchTensor || value instanceof NumpyArray ? value.stored : undefined
}

/** Whether tensors lie in a container themselves, not only in others within. */
function isDirect(value: PickleValue): boolean {
  return (entriesOf(value) ?? []).some(([, inner]) => tensorOf(inner))
}

function entriesOf(value: PickleValue): (readonly [PickleValue, PickleValue])[] | undefined {
  if (value instanceof Dict) return [...value.entries]
  if (value instanceof List) return [...value.items.entries()]
  return Array.isArray(value) ? [...value.entries()] : undefined
}

/** Python's words for what is no text; undefined for what has no plain name. */
function nameOf(key: PickleValue): string | undefined {
  if (typeof key === 'string') return key
  if (typeof key === 'number' || typeof key === 'bigint') return `${key}`
  return key === null ? 'None' : key === true ? 'True' : key === false ? 'False' : undefined
}
