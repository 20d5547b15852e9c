import { NetworkFailure } from './web-request.ts'

const CODES =
  /\b(EIO|EAGAIN|EBUSY|EMFILE|ENFILE|ENOMEM|ESTALE|EREMOTEIO|ETIMEDOUT|ECONNRESET|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|EAI_AGAIN)\b/
/** As libvips has them from the system. */
const WORDS =
  /Input\/output error|Resource temporarily unavailable|Too many open files|Stale file handle|Cannot allocate memory|timed out/i

/** Whether what went wrong may pass: a disk, a network or memory failed, and not what was read. */
export function isTransient(error: unknown): boolean {
  if (error instanceof NetworkFailure) return true
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return CODES.test(code) || WORDS.test(error.message) || isTransient(error.cause)
}
