import { expect, it } from 'vitest'
import { requireKnownOptions } from './known-options.ts'

interface Options {
  readonly score?: number
  readonly signal?: AbortSignal
}
const told = (options: unknown) => {
  try {
    requireKnownOptions<Options>('segment', options as Options, { score: true, signal: true })
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  return 'accepted'
}

it.each([
  [undefined, 'accepted'],
  [{}, 'accepted'],
  [{ score: 1, signal: undefined }, 'accepted'],
  [{ scores: 0.5 }, 'ConfigError: segment: scores is not an option; did you mean score?'],
  [{ score: 1, Signal: 2 }, 'ConfigError: segment: Signal is not an option; did you mean signal?'],
  [{ temperature: 1 }, 'ConfigError: segment: temperature is not an option; expected one of score, signal'],
  // A name that every object has by inheritance is none of the options.
  [{ toString: 1 }, 'ConfigError: segment: toString is not an option; expected one of score, signal'],
  [0.5, 'ConfigError: segment: options are wrong; expected an object with score, signal, got number 0.5'],
  [null, 'ConfigError: segment: options are wrong; expected an object with score, signal, got null'],
])('%j', (options, expected) => {
  expect(told(options)).toBe(expected)
})
