/** Checks a value against a schema and turns the first problem into one line that names the setting. */
import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { ConfigError } from '../errors.ts'

export type Path = readonly PropertyKey[]

/**
 * The value as the schema reads it. Throws `ConfigError` for the first setting that does not exist (with the nearest
 * name that does), is missing, or has an impossible value; `whereOf` says which file or flag the setting is from.
 */
export function checked<T>(schema: z.ZodType<T>, value: unknown, whereOf: (path: Path) => string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  // A wrong name explains a missing one: it is told first.
  const issues = result.error.issues
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  throw problem(schema, value, issue, whereOf)
}

function problem(
  schema: z.ZodType,
  value: unknown,
  issue: z.core.$ZodIssue,
  whereOf: (path: Path) => string,
): ConfigError {
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0]]
    const near = nearest(schema, value, path)
    if (near)
      return new ConfigError(`${dotted(path)} is not a setting; did you mean ${near}?`, {
        where: whereOf(path),
      })
    return new ConfigError(`${dotted(path)} is not a setting`, {
      where: whereOf(path),
      expected: `one of ${keysAt(schema, value, issue.path).join(', ')}`,
    })
  }
  const got = valueAt(value, issue.path)
  const orNull = isNullableAt(schema, value, issue.path) ? ' or null' : ''
  const what = issue.path.length === 0 ? 'the configuration' : dotted(issue.path)
  return new ConfigError(`${what} is ${got === undefined ? 'missing' : 'wrong'}`, {
    where: whereOf(issue.path),
    expected: `${expectedOf(schema, value, issue)}${orNull}`,
    got: got === undefined ? undefined : shown(got),
  })
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
    case 'invalid_union':
      return `one of ${choicesAt(schema, value, issue.path).join(', ')}`
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

/** A sibling spelt almost like `key`; else the one setting elsewhere whose last part is spelt so. */
function nearest(schema: z.ZodType, value: unknown, wrong: Path): string | undefined {
  const last = (path: Path) => String(path[path.length - 1])
  const [parent, key] = [wrong.slice(0, -1), last(wrong)]
  const sibling = closest(key, keysAt(schema, value, parent))
  if (sibling) return dotted([...parent, sibling])
  // What is a setting of another choice here, as SGD's of AdamW, is none of this one.
  const elsewhere = settings(schema).filter((path) => dotted(path) !== dotted(wrong))
  const found = closest(key, elsewhere.map(last))
  return found && dotted(elsewhere.find((path) => last(path) === found)!)
}

/** The name that takes fewest changes, capitals aside, where those are few. */
function closest(key: string, names: readonly string[]): string | undefined {
  const changes = (name: string) => distance(key.toLowerCase(), name.toLowerCase())
  const [best] = [...names].sort((a, b) => changes(a) - changes(b))
  return best !== undefined && changes(best) <= Math.max(2, best.length / 3) ? best : undefined
}

/** What a schema says once optional, nullable and the choice of a union (by the value) are taken off. */
function opened(schema: z.core.$ZodType, value: unknown): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return opened(schema.unwrap(), value)
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema
  const name = schema.def.discriminator
  const choice = valueAt(value, [name])
  return schema.options.find(
    (option) => option instanceof z.ZodObject && option.shape[name].safeParse(choice).success,
  )
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
  const number = at && opened(at, undefined)
  if (!(number instanceof z.ZodNumber)) return undefined
  return number.format === 'safeint' ? 'a whole number' : 'a number'
}

function isNullableAt(schema: z.ZodType, value: unknown, path: Path): boolean {
  const at = schemaAt(schema, value, path)
  return at instanceof z.ZodOptional ? at.unwrap() instanceof z.ZodNullable : at instanceof z.ZodNullable
}

/** Values of the discriminator at the end of `path`. */
function choicesAt(schema: z.ZodType, value: unknown, path: Path): string[] {
  let union = schemaAt(schema, value, path.slice(0, -1))
  while (union instanceof z.ZodOptional || union instanceof z.ZodNullable) union = union.unwrap()
  if (!(union instanceof z.ZodDiscriminatedUnion)) return []
  const name = union.def.discriminator
  return union.options.flatMap((option) => {
    const choice = option instanceof z.ZodObject ? option.shape[name] : undefined
    if (choice instanceof z.ZodLiteral) return [...choice.values].map(String)
    return choice instanceof z.ZodEnum ? choice.options.map(String) : []
  })
}

/** Paths of all settings, through every choice of a union. */
function settings(schema: z.core.$ZodType): Path[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return settings(schema.unwrap())
  if (schema instanceof z.ZodDiscriminatedUnion) return schema.options.flatMap(settings)
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape).flatMap(([key, inner]) => [
    [key],
    ...settings(inner).map((path) => [key, ...path]),
  ])
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
}
