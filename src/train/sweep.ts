/** Several runs of one configuration: a grid over named settings, and seeds. */
import { ConfigError } from '../errors.ts'
import { type Override, parseOverride } from './config-overrides.ts'

/** Values to try for one setting, each as `--set` would give it. */
export type SweptSetting = readonly Override[]

/** One run of many. */
export interface Variant {
  /** What the sweep sets, in its order; empty without one. */
  readonly settings: readonly Override[]
  readonly seed?: number
  /** Of its run, relative to that of all. */
  readonly folder: string
}

/** `optimizer.learningRate=0.0005,0.001`; values are read as JSON, and are text where they are not JSON. Throws `ConfigError`. */
export function parseSwept(text: string): SweptSetting {
  const { path } = parseOverride(text)
  const key = path.join('.')
  const values = listed(text.slice(text.indexOf('=') + 1))
  if (new Set(values).size === values.length && values.every((value) => value !== ''))
    return values.map((value) => parseOverride(`${key}=${value}`))
  throw new ConfigError('not a setting with values to try', {
    where: `--sweep ${text}`,
    expected: 'key.path=value,value with different values, for example optimizer.learningRate=0.0005,0.001',
  })
}

/** Commas between brackets belong to a value. */
function listed(text: string): string[] {
  try {
    return (JSON.parse(`[${text}]`) as unknown[]).map((value) => JSON.stringify(value))
  } catch {
    return text.split(',').map((value) => value.trim())
  }
}

/** `0,1,2`. Throws `ConfigError`. */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const areSeeds = seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)
  if (areSeeds && new Set(seeds).size === seeds.length) return seeds
  throw new ConfigError('not a list of seeds', {
    where: `--seeds ${text}`,
    expected: 'different whole numbers of at least 0, for example 0,1,2',
  })
}

/** Every combination of the values, each with every seed; seeds of one combination follow each other. Throws `ConfigError`. */
export function variantsOf(swept: readonly SweptSetting[], seeds: readonly number[] = []): Variant[] {
  const keys = swept.map(([{ path }]) => path.join('.'))
  const twice = keys.find((key, i) => keys.indexOf(key) !== i)
  if (twice) {
    throw new ConfigError('a setting is swept twice', {
      where: `--sweep ${twice}`,
      hint: 'Give all its values in one --sweep',
    })
  }
  const combinations = swept.reduce<Override[][]>(
    (before, values) => before.flatMap((settings) => values.map((value) => [...settings, value])),
    [[]],
  )
  const variants = combinations.flatMap((settings) => {
    const folder = settings.map(({ text }) => text.replace(/[^\w.=-]+/g, '_')).join('_')
    if (seeds.length === 0) return [{ settings, folder }]
    return seeds.map((seed) => ({
      ...{ settings, seed },
      folder: folder ? `${folder}/seed-${seed}` : `seed-${seed}`,
    }))
  })
  const folders = variants.map(({ folder }) => folder.toLowerCase())
  const clash = variants.find((_, i) => folders.indexOf(folders[i]) !== i)
  if (!clash) return variants
  throw new ConfigError('two runs would share a folder', {
    where: `--sweep: ${clash.folder}`,
    hint: 'Sweep these values one after the other, each with its own --out',
  })
}

/** How a figure spreads over runs. */
export interface Spread {
  readonly count: number
  readonly mean: number
  /** Of the sample (n - 1); undefined for a single one. */
  readonly deviation?: number
}

export function spreadOf(values: readonly number[]): Spread | undefined {
  const count = values.length
  if (count === 0) return undefined
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  if (count === 1) return { count, mean }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { count, mean, deviation: Math.sqrt(squares / (count - 1)) }
}
