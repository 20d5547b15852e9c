import { DataError } from '../errors.ts'
import { FARTHEST } from '../geometry/polygon.ts'

/** Typed access to parsed JSON of unknown shape; each throws a `DataError` that names the place. */
export type JsonObject = Readonly<Record<string, unknown>>

export function objectAt(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw new DataError('not an object', { where, expected: 'an object', got: describe(value) })
}

export function listAt(object: JsonObject, key: string, where: string): readonly unknown[] {
  const value = object[key]
  if (Array.isArray(value)) return value
  throw wrong(key, 'a list', value, where)
}

/** Throws `DataError` for what is none, and for one so large that it was rounded when it was read. */
export function integerAt(object: JsonObject, key: string, where: string): number {
  const value = object[key]
  if (Number.isSafeInteger(value)) return value as number
  if (isRounded(value)) {
    throw new DataError(`"${key}" is too large`, {
      where,
      expected: `an integer within ${Number.MAX_SAFE_INTEGER}`,
      got: `about ${value}`,
      hint: 'JavaScript rounds larger ones, so that two may become one. Number the entries anew',
    })
  }
  throw wrong(key, 'an integer', value, where)
}

/** Whether an integer is so large that others became the same number when they were read. */
export function isRounded(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value)
}

export function numberAt(object: JsonObject, key: string, where: string): number {
  const value = object[key]
  if (Number.isFinite(value)) return value as number
  throw wrong(key, 'a number', value, where)
}

export function textAt(object: JsonObject, key: string, where: string): string {
  const value = object[key]
  if (typeof value === 'string') return value
  throw wrong(key, 'text', value, where)
}

/** Whether a member is left out: some tools write null for what an entry does not have. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

/** Whether 0, 1, true or false; what is left out is 0. Throws `DataError` for anything else. */
export function flagAt(object: JsonObject, key: string, where: string): boolean {
  const value = object[key]
  if (isFlag(value)) return Boolean(value)
  throw wrong(key, '0 or 1', value, where)
}

export function isFlag(value: unknown): boolean {
  return isAbsent(value) || value === 0 || value === 1 || typeof value === 'boolean'
}

/** `length` finite numbers, or any count where none is given. */
export function numbersAt(
  object: JsonObject,
  key: string,
  where: string,
  length?: number,
): readonly number[] {
  const value = object[key]
  if (Array.isArray(value) && value.every(Number.isFinite) && (length ?? value.length) === value.length) {
    return value as number[]
  }
  throw wrong(key, length === undefined ? 'a list of numbers' : `${length} numbers`, value, where)
}

/** The same for pixels, which lie within `FARTHEST`: beyond it arithmetic on boxes and masks would overflow. */
export function coordinatesAt(
  object: JsonObject,
  key: string,
  where: string,
  length?: number,
): readonly number[] {
  const values = numbersAt(object, key, where, length)
  if (values.every(isCoordinate)) return values
  throw wrong(key, `numbers within ${FARTHEST}`, values, where)
}

export function isCoordinate(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= FARTHEST
}

/** What the sides of an image may be, as messages say it. */
export const SIDES = `1 to ${FARTHEST} pixels`

/** A side of an image: the limit is that of coordinates. */
export function sideAt(object: JsonObject, key: string, where: string): number {
  const value = integerAt(object, key, where)
  if (isSide(value)) return value
  throw wrong(key, SIDES, value, where)
}

export function isSide(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= FARTHEST
}

/** A value as an error message shows it: short, on one line. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = jsonText(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return 'a value nested too deeply to show'
  }
}

function wrong(key: string, expected: string, value: unknown, where: string): DataError {
  return new DataError(`"${key}" is ${value === undefined ? 'missing' : 'wrong'}`, {
    where,
    expected,
    got: describe(value),
  })
}
