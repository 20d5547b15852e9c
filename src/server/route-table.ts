import type { FastifyInstance } from 'fastify'
import { Refusal } from './refusal.ts'

export interface RouteTable {
  /** `METHOD /path` as they were registered; HEAD, which every GET has, and OPTIONS are left out. */
  readonly routes: readonly string[]
  /** Methods of the routes that a path belongs to. */
  methodsOf(path: string): readonly string[]
}

/** Answers 404 where there is no such path and 405 where it has no such method, before a body is read. */
export function refuseUnknown(app: FastifyInstance, { methodsOf }: RouteTable): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const path = request.url.split('?')[0]
    const told = `there is no ${request.method} ${path.slice(0, 100)}`
    const allowed = methodsOf(path)
    if (allowed.length === 0) throw new Refusal(404, told)
    reply.header('allow', allowed.join(', '))
    throw new Refusal(405, told)
  })
}

/** The routes that are registered from here on. */
export function routeTable(app: FastifyInstance): RouteTable {
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) {
      if (name !== 'HEAD' && name !== 'OPTIONS') routes.push(`${name} ${url}`)
    }
  })
  return {
    routes,
    methodsOf: (path) =>
      routes
        .map((route) => route.split(' '))
        .filter(([, url]) => isPathOf(url, path))
        .map(([method]) => method),
  }
}

function isPathOf(url: string, path: string): boolean {
  const [wanted, parts] = [url.split('/'), path.split('/')]
  return (
    wanted.length === parts.length && wanted.every((part, i) => part.startsWith(':') || part === parts[i])
  )
}
