import { ConfigError } from '../errors.ts'

/** One `--set key.path=value`. */
export interface Override {
  readonly path: readonly string[]
  readonly value: unknown
  /** As it was typed. */
  readonly text: string
}

/** `optimizer.learningRate=0.01`; the value is read as JSON, and is text where it is not JSON. */
export function parseOverride(text: string): Override {
  const equals = text.indexOf('=')
  const path = text.slice(0, Math.max(equals, 0)).split('.')
  if (path.some((key) => key.trim() === '')) {
    throw new ConfigError('not a setting with its value', {
      where: `--set ${text}`,
      expected: 'key.path=value, for example optimizer.learningRate=0.01',
    })
  }
  return { path, value: parsedValue(text.slice(equals + 1)), text }
}

/** The override that sets the value at a path; the last one where several do. */
export function overrideOf(
  path: readonly PropertyKey[],
  overrides: readonly Override[],
): Override | undefined {
  return overrides.findLast(
    (override) =>
      override.path.length <= path.length && override.path.every((key, i) => key === String(path[i])),
  )
}

/** Where the value at a path comes from, as messages name it: the flag that sets it, or else the file. */
export function sourceOf(path: readonly PropertyKey[], file: string, overrides: readonly Override[]): string {
  const override = overrideOf(path, overrides)
  return override ? `--set ${override.text}` : file
}

/** A copy of the configuration with the overrides applied in order; objects on the way are made as needed. */
export function applyOverrides(raw: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce((config, { path, value }) => placed(config, path, value), raw)
}

function placed(config: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  const object = typeof config === 'object' && config !== null && !Array.isArray(config) ? config : {}
  const inner = (object as Readonly<Record<string, unknown>>)[key]
  return { ...object, [key]: rest.length === 0 ? value : placed(inner, rest, value) }
}

function parsedValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
