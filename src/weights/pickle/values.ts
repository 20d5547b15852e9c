/**
 * What a pickle can make here: plain data, and a few objects of our own that stand for what others' libraries would make. None of
 * it is ever called, but for the `Rebuild`s that are listed by name.
 */
import type { ErrorParts, WeightError } from '../../errors.ts'
import { isCount, MOST_AXES } from '../stored-tensor.ts'

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | LongText
  | Bytes
  | readonly PickleValue[]
  | List
  | Dict
  | Members
  | Rebuild
  | Restorable
  | Described

/** A Python `list`; a tuple is a plain array, which nobody changes. */
export class List {
  readonly items: PickleValue[] = []
}

/** A Python `dict` or what is like one. Keys that are not plain are told apart by identity. */
export class Dict {
  readonly entries = new Map<PickleValue, PickleValue>()
}

/** A Python `set` or `frozenset`. */
export class Members {
  readonly items = new Set<PickleValue>()
}

/** Text too long to be held, as UTF-8 in the file. */
export class LongText {
  readonly bytes: number
  readonly read: () => Promise<Uint8Array>

  constructor(bytes: number, read: () => Promise<Uint8Array>) {
    this.bytes = bytes
    this.read = read
  }
}

/** Bytes that are read when they are wanted. Where they are coded as text, only bounds of their number are known before. */
export class Bytes {
  readonly least: number
  readonly most: number
  readonly read: () => Promise<Uint8Array>
  /** The bytes themselves where they are few. */
  readonly held?: Uint8Array

  constructor(least: number, most: number, read: () => Promise<Uint8Array>, held?: Uint8Array) {
    this.least = least
    this.most = most
    this.read = read
    this.held = held
  }

  static of(bytes: Uint8Array): Bytes {
    return new Bytes(bytes.length, bytes.length, async () => bytes, bytes)
  }
}

/** What a rule may do besides answering. */
export interface PickleContext {
  /** An error at the place in the pickle that asks. */
  readonly error: (what: string, parts?: Omit<ErrorParts, 'where'>) => WeightError
  /** Counts values that are made; throws where a pickle makes more than any weight file has. */
  readonly spend: (values: number) => void
}

/** A function or class of Python by its name, with what we do in its place. */
export class Rebuild {
  readonly name: string
  readonly call: (args: readonly PickleValue[], context: PickleContext) => PickleValue

  constructor(name: string, call: (args: readonly PickleValue[], context: PickleContext) => PickleValue) {
    this.name = name
    this.call = call
  }
}

/** An object that a pickle makes first and fills later. */
export abstract class Restorable {
  abstract restore(state: PickleValue, context: PickleContext): void
}

/** A value that means something to its rules only, and a few words to others: a storage, a dtype, a class. */
export abstract class Described {
  abstract readonly description: string
}

/** A shape, or what is like one: whole numbers from 0 on, few. */
export function countsOf(value: PickleValue | undefined, error: PickleContext['error']): readonly number[] {
  const items = itemsOf(value ?? null, error)
  if (items.length > MOST_AXES || !items.every(isCount)) {
    throw error('sizes are wrong', { expected: `up to ${MOST_AXES} whole numbers from 0 on` })
  }
  return items
}

/** The items of a list or tuple. */
export function itemsOf(value: PickleValue, error: PickleContext['error']): readonly PickleValue[] {
  if (value instanceof List) return value.items
  if (Array.isArray(value)) return value
  throw error('a list or tuple is missing')
}
