import type { FastifyInstance } from 'fastify'

export interface RouteTable {
  /** `METHOD /path` as they were registered; HEAD, which every GET has, and OPTIONS are left out. */
  readonly routes: readonly string[]
  /** Methods of the routes that a path belongs to. */
  methodsOf(path: string): readonly string[]
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
