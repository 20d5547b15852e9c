/** Checks a value against a schema and turns every problem into one line that names the setting. */
import { z } from 'zod'
import { ConfigError } from '../errors.ts'
import { nearestName } from '../names/nearest-name.ts'
import { foreignName } from './config-names.ts'

export type Path = readonly PropertyKey[]

/** Whether a value has settings of its own. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One mistake of a configuration: the setting it is about, and the error that tells it. */
export interface Mistake {
  readonly path: Path
  readonly error: ConfigError
}

/** The value as the schema reads it, or everything that is wrong with it. */
export interface Checked<T> {
  readonly data?: T
  readonly mistakes: readonly Mistake[]
}

/**
 * Checks a value. A mistake is a setting that does not exist (told with the nearest name that does), is missing, or
 * has an impossible value; `whereOf` says which file or flag a setting is from.
 */
export function checked<T>(
  schema: z.ZodType<T>,
  value: unknown,
  whereOf: (path: Path) => string,
): Checked<T> {
  const result = schema.safeParse(value)
  if (result.success) return { data: result.data, mistakes: [] }
  const misspelt: Mistake[] = []
  const meant = new Set<string>()
  for (const issue of result.error.issues) {
    if (issue.code !== 'unrecognized_keys') continue
    for (const key of issue.keys) {
      const path = [...issue.path, key]
      const near = nearest(schema, value, path)
      if (near) meant.add(near)
      misspelt.push({ path, error: unknownSetting(path, near, keysAt(schema, value, issue.path), whereOf) })
    }
  }
  // A wrong name explains the missing one that was meant.
  const impossible = result.error.issues.filter(
    ({ code, path }) => code !== 'unrecognized_keys' && !meant.has(dotted(path)),
  )
  return {
    mistakes: [
      ...misspelt,
      ...impossible.map((issue) => ({ path: issue.path, error: problem(schema, value, issue, whereOf) })),
    ],
  }
}

/** Mistakes told in full; of a longer list the rest is counted. */
const MOST_TOLD = 12

/** One error, of one line, that tells all mistakes. */
export function oneError(mistakes: readonly Mistake[], where: string): ConfigError {
  const [{ error: first }] = mistakes
  if (mistakes.length === 1) return first
  const told = mistakes.slice(0, MOST_TOLD).map(({ error }, i) => {
    const text = error.message
    // What all have in common is said once.
    return `(${i + 1}) ${text.startsWith(`${where}: `) ? text.slice(where.length + 2) : text}`
  })
  const more = mistakes.length - told.length
  if (more > 0) told.push(`and ${more} more`)
  return new ConfigError(`${mistakes.length} mistakes: ${told.join(' ')}`, { where })
}

function unknownSetting(
  path: Path,
  near: string | undefined,
  siblings: readonly string[],
  whereOf: (path: Path) => string,
): ConfigError {
  const what = `${dotted(path)} is not a setting`
  const where = whereOf(path)
  if (near) return new ConfigError(`${what}; did you mean ${near}?`, { where })
  return new ConfigError(what, { where, expected: `one of ${siblings.join(', ')}` })
}

function problem(
  schema: z.ZodType,
  value: unknown,
  issue: z.core.$ZodIssue,
  whereOf: (path: Path) => string,
): ConfigError {
  const got = valueAt(value, issue.path)
  const near = typeof got === 'string' ? nearestName(got, namesAt(schema, value, issue)) : undefined
  const orNull = isNullableAt(schema, value, issue.path) ? ' or null' : ''
  const what = issue.path.length === 0 ? 'the configuration' : dotted(issue.path)
  return new ConfigError(`${what} is ${got === undefined ? 'missing' : 'wrong'}`, {
    where: whereOf(issue.path),
    expected: `${expectedOf(schema, value, issue)}${orNull}`,
    got: got === undefined ? undefined : shown(got),
    hint: near && `Did you mean ${near}?`,
  })
}

/** The names that a wrong one could have meant. */
function namesAt(schema: z.ZodType, value: unknown, issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  return issue.code === 'invalid_union' ? choicesAt(schema, value, issue.path) : []
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  tuple: 'a list',
}

function expectedOf(schema: z.ZodType, value: unknown, issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return numberKindAt(schema, value, issue.path) ?? KINDS[issue.expected] ?? issue.expected
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`
    case 'invalid_union': {
      const choices = choicesAt(schema, value, issue.path)
      return choices.length > 0
        ? `one of ${choices.join(', ')}`
        : alternativesAt(schema, value, issue.path).join(' or ')
    }
    case 'too_small':
      if (issue.origin === 'string') return 'text that is not empty'
      if (issue.origin === 'array') return `a list of at least ${issue.minimum}`
      return `${numberKindAt(schema, value, issue.path)} ${issue.inclusive ? 'of at least' : 'above'} ${issue.minimum}`
    case 'too_big':
      if (issue.origin === 'array') return `a list of at most ${issue.maximum}`
      return `${numberKindAt(schema, value, issue.path)} ${issue.inclusive ? 'of at most' : 'below'} ${issue.maximum}`
    default:
      return issue.message
  }
}

/** `optimizer.learningRate`, `anchors.sizes[0]`. */
export function dotted(path: Path): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key),
    '',
  )
}

function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/**
 * A sibling spelt almost like the wrong name; else the setting that other tools call so; else the one elsewhere whose path
 * ends alike, or whose last part or whole path is spelt almost so.
 */
function nearest(schema: z.ZodType, value: unknown, wrong: Path): string | undefined {
  const last = (path: Path) => String(path[path.length - 1])
  const [parent, key] = [wrong.slice(0, -1), last(wrong)]
  const sibling = foreignName(key) ? undefined : nearestName(key, keysAt(schema, value, parent))
  if (sibling) return dotted([...parent, sibling])
  // What is a setting of another choice here, as SGD's of AdamW, is none of this one.
  const elsewhere = settings(schema, value).filter((path) => dotted(path) !== dotted(wrong))
  const whole = withOnlyMembers(value, wrong)
  const alike = elsewhere.find((path) => dotted(path).endsWith(`.${dotted(whole)}`))
  if (alike) return dotted(alike)
  const known = foreignName(last(whole))
  if (known) return known
  const found = nearestName(last(whole), elsewhere.map(last))
  if (found) return dotted(elsewhere.find((path) => last(path) === found)!)
  return nearestName(dotted(whole), elsewhere.map(dotted))
}

/** The path, led on through objects of one member: what `--set a.b.c=1` sets where there is no `a`. */
function withOnlyMembers(value: unknown, path: Path): Path {
  const inner = valueAt(value, path)
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return path
  const keys = Object.keys(inner)
  return keys.length === 1 ? withOnlyMembers(value, [...path, keys[0]]) : path
}

/** What a schema says once optional, nullable, a default and the choice of a union (by the value) are taken off. */
function opened(schema: z.core.$ZodType, value: unknown): z.core.$ZodType | undefined {
  const inner = unwrapped(schema)
  if (!(inner instanceof z.ZodDiscriminatedUnion)) return inner
  const name = inner.def.discriminator
  const choice = valueAt(value, [name])
  return inner.options.find(
    (option) => option instanceof z.ZodObject && option.shape[name].safeParse(choice).success,
  )
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault
  return isWrapped ? unwrapped(schema.unwrap()) : schema
}

function schemaAt(schema: z.core.$ZodType, value: unknown, path: Path): z.core.$ZodType | undefined {
  if (path.length === 0) return schema
  const [key, ...rest] = path
  const parent = opened(schema, value)
  const next =
    parent instanceof z.ZodObject
      ? parent.shape[String(key)]
      : parent instanceof z.ZodArray
        ? parent.element
        : parent instanceof z.ZodTuple
          ? parent.def.items[Number(key)]
          : undefined
  return next && schemaAt(next, valueAt(value, [key]), rest)
}

function keysAt(schema: z.ZodType, value: unknown, path: Path): string[] {
  const at = schemaAt(schema, value, path)
  const object = at && opened(at, valueAt(value, path))
  return object instanceof z.ZodObject ? Object.keys(object.shape) : []
}

function numberKindAt(schema: z.ZodType, value: unknown, path: Path): string | undefined {
  const at = schemaAt(schema, value, path)
  const inner = at && opened(at, undefined)
  const number = inner instanceof z.ZodUnion ? inner.options.find((one) => one instanceof z.ZodNumber) : inner
  if (!(number instanceof z.ZodNumber)) return undefined
  return number.format === 'safeint' ? 'a whole number' : 'a number'
}

function isNullableAt(schema: z.ZodType, value: unknown, path: Path): boolean {
  const at = schemaAt(schema, value, path)
  return at instanceof z.ZodOptional ? at.unwrap() instanceof z.ZodNullable : at instanceof z.ZodNullable
}

/** What the options of a union without discriminator are. */
function alternativesAt(schema: z.ZodType, value: unknown, path: Path): string[] {
  const union = schemaAt(schema, value, path)
  const inner = union && opened(union, undefined)
  if (!(inner instanceof z.ZodUnion)) return []
  return inner.options.map((option) => {
    if (option instanceof z.ZodNumber) return option.format === 'safeint' ? 'a whole number' : 'a number'
    return option instanceof z.ZodArray ? 'a list' : 'something else'
  })
}

/** Values of the discriminator at the end of `path`. */
function choicesAt(schema: z.ZodType, value: unknown, path: Path): string[] {
  const at = schemaAt(schema, value, path.slice(0, -1))
  const union = at && unwrapped(at)
  if (!(union instanceof z.ZodDiscriminatedUnion)) return []
  const name = union.def.discriminator
  if (path[path.length - 1] !== name) return []
  return union.options.flatMap((option) => {
    const choice = option instanceof z.ZodObject ? option.shape[name] : undefined
    if (choice instanceof z.ZodLiteral) return [...choice.values].map(String)
    return choice instanceof z.ZodEnum ? choice.options.map(String) : []
  })
}

/** Paths of all settings that this value may have: those of the choice that it makes of a union, of every choice where it makes none. */
function settings(schema: z.core.$ZodType, value: unknown): Path[] {
  const chosen = opened(schema, value)
  if (!chosen) {
    const inner = unwrapped(schema)
    return inner instanceof z.ZodDiscriminatedUnion
      ? inner.options.flatMap((option) => settings(option, value))
      : []
  }
  if (!(chosen instanceof z.ZodObject)) return []
  return Object.entries(chosen.shape).flatMap(([key, inner]) => [
    [key],
    ...settings(inner, valueAt(value, [key])).map((path) => [key, ...path]),
  ])
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
}
