/** What a configuration may freeze, and for how long. */
import { type AugmentConfig, NO_AUGMENTATION } from '../data/augment/augment.ts'
import { ConfigError } from '../errors.ts'
import type { Trainable } from '../models/training-batch.ts'
import { nearestName } from '../names/nearest-name.ts'
import { isWithin } from '../nn/scope.ts'
import { freezableParts } from './frozen-parts.ts'
import type { FreezeConfig } from './train-config.ts'

interface FreezeSettings {
  readonly freeze?: FreezeConfig | null
  readonly augment: AugmentConfig
}

/**
 * Throws `ConfigError` for parts that the model does not have, for steps that free none, and for features that no two epochs would share.
 * @param namesOfWeights of the model; asked where parts are named
 */
export function refuseFreeze(
  { freeze, augment }: FreezeSettings,
  model: Pick<Trainable, 'freezable' | 'neck'>,
  namesOfWeights: () => readonly string[],
  whereOf: (path: readonly string[]) => string,
): void {
  if (!freeze) return
  const { stages, features = 'none', until = [], parts: further = [] } = freeze
  const refuse = (setting: keyof FreezeConfig, what: string, parts: Record<string, string>) => {
    throw new ConfigError(what, { where: `${whereOf(['freeze', setting])}: freeze.${setting}`, ...parts })
  }
  const { length } = freezableParts(model)
  if (stages > length) {
    const expected = `at most ${length}${model.neck?.length ? ', the last of which is the pyramid' : ''}`
    refuse('stages', 'the backbone has fewer stages to freeze', { expected, got: `${stages}` })
  }
  if (until.length > stages) {
    const expected = `a step for each of ${stages} frozen stages at most`
    refuse('until', 'there are fewer stages to free', { expected, got: `${until.length}` })
  }
  if (until.some((step, i) => step < (until[i - 1] ?? 0))) {
    refuse('until', 'deeper stages are freed first', { expected: 'rising steps', got: until.join(', ') })
  }
  const names = further.length > 0 ? namesOfWeights() : []
  const unknown = further.find((part) => !names.some((name) => isWithin(name, part)))
  if (unknown !== undefined) {
    refuse('parts', 'the model has no such part', {
      expected: 'the beginning of names of its weights, up to a dot',
      got: unknown,
      ...hintOf(unknown, names),
    })
  }
  if (features === 'none') return
  if (stages === 0) {
    refuse('features', 'only what is frozen has features to keep', {
      expected: 'freeze.stages of at least 1',
      got: '0',
    })
  }
  const changing = changingSetting(augment)
  if (changing) {
    refuse('features', 'features are kept of images that every epoch sees alike', {
      expected: 'turns, mirrors and a scale without chance alone',
      got: changing,
      hint: `Leave ${changing} out, or freeze.features`,
    })
  }
}

function hintOf(part: string, names: readonly string[]): { hint?: string } {
  const all = new Set(
    names.flatMap((name) => name.split('.').map((_, i, words) => words.slice(0, i + 1).join('.'))),
  )
  const near = nearestName(part, [...all])
  return near === undefined ? {} : { hint: `Did you mean ${near}?` }
}

/** What leaves an image one of eight, turned or mirrored. */
const ORIENTING: readonly string[] = [
  'quarterTurns',
  'horizontalFlip',
  'verticalFlip',
  'flipPairs',
] satisfies (keyof AugmentConfig)[]

/** The first setting by which the same image looks another way in another epoch. */
function changingSetting(augment: AugmentConfig): string | undefined {
  const none: Readonly<Record<string, unknown>> = { ...NO_AUGMENTATION }
  const changes = ([name, value]: [string, unknown]) =>
    !ORIENTING.includes(name) &&
    !isNothing(value) &&
    value !== none[name] &&
    !(name === 'scale' && isOne(value))
  const found = Object.entries(augment).find(changes)
  return found && `augment.${found[0]}`
}

/** Left out, or with strengths and probabilities of 0 alone. */
function isNothing(value: unknown): boolean {
  return value === null || value === undefined || Object.values(value).every((strength) => strength === 0)
}

/** Whether a rule of scales gives an image one size. */
function isOne(scale: unknown): boolean {
  const { from, to, minSize } = scale as { from?: number; to?: number; minSize?: unknown }
  return from === to && !(Array.isArray(minSize) && minSize.length > 1)
}
