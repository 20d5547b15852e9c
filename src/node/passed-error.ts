/** Errors as they cross threads and processes. */
import * as errors from '../errors.ts'

export interface PassedError extends errors.ErrorParts {
  readonly name: string
  readonly message: string
}

export function passedError(error: unknown): PassedError {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  const { where, expected, got, hint } = (error ?? {}) as errors.ErrorParts
  const parts = error instanceof errors.MaskwrightError ? { where, expected, got, hint } : {}
  return { name, message, ...parts }
}

/** Errors meant for users get their class back, and the parts that their message is made of. */
export function revivedError({ name, message, ...parts }: PassedError): Error {
  const Class = (errors as Readonly<Record<string, unknown>>)[name]
  if (typeof Class !== 'function') return Object.assign(new Error(message), { name })
  return Object.assign(new (Class as new (what: string) => Error)(message), parts)
}
