import { ConfigError } from '../errors.ts'
import { nearestName } from './nearest-name.ts'

/** Every option of T; the compiler asks for one that is missing here. */
export type OptionNames<T> = { readonly [Name in keyof Required<T>]: true }

/**
 * Refuses options that do not exist: a misspelt one would be left out in silence. Throws `ConfigError` with the nearest name
 * that exists.
 * @param of what takes the options, for the message
 */
export function requireKnownOptions<T extends object>(
  of: string,
  options: T | undefined,
  names: OptionNames<T>,
): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError('options are wrong', {
      where: of,
      expected: `an object with ${Object.keys(names).join(', ')}`,
      got: options === null ? 'null' : Array.isArray(options) ? 'a list' : `${typeof options} ${options}`,
    })
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name))
  if (unknown === undefined) return
  const near = nearestName(unknown, Object.keys(names))
  throw new ConfigError(`${unknown} is not an option${near ? `; did you mean ${near}?` : ''}`, {
    where: of,
    expected: near ? undefined : `one of ${Object.keys(names).join(', ')}`,
  })
}
