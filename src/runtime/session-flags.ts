import { ConfigError } from '../errors.ts'
import type { SessionOptions } from './session.ts'

/** Options that are true or false; `worker` may be a number besides. */
const FLAGS = [
  'planMemory',
  'searchMemory',
  'profile',
  'worker',
] as const satisfies readonly (keyof SessionOptions)[]

/** Throws `ConfigError` for a flag that is neither true nor false: `'no'` would count as true. */
export function requireFlags(options: SessionOptions): void {
  for (const name of FLAGS) {
    const value: unknown = options[name]
    const isNumbered = name === 'worker' && typeof value === 'number'
    if (value === undefined || typeof value === 'boolean' || isNumbered) continue
    throw new ConfigError('option is wrong', {
      where: name,
      expected: name === 'worker' ? 'true, false or a whole number' : 'true or false',
      got: `${typeof value} ${value}`,
    })
  }
}
