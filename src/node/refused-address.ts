import { ConfigError, type ErrorParts } from '../errors.ts'
import { codeOf, reasonOf } from './system-reasons.ts'

/** Why a server could not listen; `parts` tell where, and what to choose instead. */
export function refusedAddress(error: unknown, parts: ErrorParts): ConfigError {
  const what = codeOf(error) === 'EADDRINUSE' ? 'the port is in use' : `cannot listen: ${reasonOf(error)}`
  return new ConfigError(what, parts, { cause: error })
}
