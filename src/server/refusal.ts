import { DataError, type ErrorParts, MaskwrightError } from '../errors.ts'

/** A request that is not answered with what it asked for: the status of HTTP, and what to tell. */
export class Refusal extends MaskwrightError {
  readonly status: number
  /** Seconds after which it is worth to ask again. */
  readonly retryAfter?: number

  constructor(status: number, what: string, parts: ErrorParts & { readonly retryAfter?: number } = {}) {
    super(what, parts)
    this.status = status
    this.retryAfter = parts.retryAfter
  }
}

/** The status of an error: what the client sent is told from what failed here. */
export function statusOf(error: unknown): number {
  if (error instanceof Refusal) return error.status
  if (error instanceof DataError) return 400
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}
