/** Who may ask, and from which pages. */
import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { Refusal } from './refusal.ts'

export interface Access {
  /** Whether a text is a token; undefined asks for none. */
  readonly isToken?: (text: string) => boolean
  /** Origins whose pages may ask, `*` being all; none by default. */
  readonly origins?: readonly string[]
}

/** Paths that need no token: what those ask who run servers, and pages, which send the token that people give them. */
export const OPEN_PATHS: readonly (string | undefined)[] = [
  ...['/v2/health/live', '/v2/health/ready'],
  ...['/', '/docs', '/openapi.json'],
]
/** Headers that pages may read beside the usual ones. */
const TOLD = ['x-request-id', 'x-maskwright-notes', 'inference-header-content-length', 'retry-after']

/** Refuses with 401, before a body is read. To be called before routes are added. */
export async function guard(app: FastifyInstance, { isToken, origins = [] }: Access): Promise<void> {
  if (origins.length > 0) {
    const origin = origins.includes('*') ? '*' : [...origins]
    await app.register(cors, { origin, exposedHeaders: TOLD, methods: ['GET', 'HEAD', 'POST'], maxAge: 600 })
  }
  if (!isToken) return
  app.addHook('onRequest', async (request, reply) => {
    if (OPEN_PATHS.includes(request.routeOptions.url)) return
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (token !== undefined && isToken(token)) return
    reply.header('www-authenticate', token === undefined ? 'Bearer' : 'Bearer error="invalid_token"')
    throw new Refusal(401, token === undefined ? 'a token is needed' : 'the token is not known', {
      expected: 'the header Authorization: Bearer TOKEN',
    })
  })
}
