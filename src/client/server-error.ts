import { type ErrorParts, MaskwrightError } from '../errors.ts'

export interface ServerErrorParts extends ErrorParts {
  /** 0 where no answer came. */
  readonly status: number
  readonly requestId?: string
  readonly retryAfter?: number
}

/** A server that did not answer with what it was asked for. */
export class ServerError extends MaskwrightError {
  /** Of HTTP; 0 where no answer came. */
  readonly status: number
  /** As it stands in the server's log. */
  readonly requestId?: string
  /** Seconds after which it is worth to ask again, where the server told. */
  readonly retryAfter?: number

  constructor(what: string, parts: ServerErrorParts, options?: ErrorOptions) {
    super(what, parts, options)
    this.status = parts.status
    this.requestId = parts.requestId
    this.retryAfter = parts.retryAfter
  }
}

/** The error of an answer that is no success; its body is read. */
export async function errorOf(answer: Response, where: string): Promise<ServerError> {
  const text = await answer.text().catch(() => '')
  const told = toldBy(text)
  return new ServerError(told.error ?? (answer.statusText || 'the server refused'), {
    where,
    status: answer.status,
    got: told.error === undefined ? `status ${answer.status}` : undefined,
    requestId: told.request_id ?? answer.headers.get('x-request-id') ?? undefined,
    retryAfter: retryAfterOf(answer),
  })
}

function toldBy(text: string): { error?: string; request_id?: string } {
  try {
    const { error, request_id } = JSON.parse(text)
    return {
      ...(typeof error === 'string' && { error }),
      ...(typeof request_id === 'string' && { request_id }),
    }
  } catch {
    return {}
  }
}

/** Seconds, of a header that has them or a date. */
function retryAfterOf({ headers }: Response): number | undefined {
  const text = headers.get('retry-after')
  if (text === null) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000)
}
