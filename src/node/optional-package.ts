import { ConfigError } from '../errors.ts'
import { codeOf } from './system-reasons.ts'

/**
 * Loads a package that is not installed with this one. Throws `ConfigError` where it is not there or does not load.
 * @param name kept apart from the import, so that the sources compile without it
 * @param what needs it, for people
 * @param install all packages to be installed for it
 */
export async function loadOptional<T>(name: string, what: string, install = name): Promise<T> {
  try {
    return await import(name)
  } catch (cause) {
    const isMissing = codeOf(cause) === 'ERR_MODULE_NOT_FOUND'
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : `${cause}`
    throw new ConfigError(
      `${what} needs the package ${name}, which ${isMissing ? 'is not installed' : 'does not load'}`,
      { ...(!isMissing && { got: reason }), hint: `Install it: npm install ${install}` },
      { cause },
    )
  }
}
