/** `/openapi.json` and `/docs`: what the server takes and gives, told by itself. */
import type { FastifyInstance } from 'fastify'
import { type ApiDocument, apiDocument } from './api-document.ts'
import { apiPage } from './api-page.ts'
import { type GuardedPage, guardedPage, sendPage } from './guarded-page.ts'
import type { RouteTable } from './route-table.ts'

/** Tells of all routes of the table; the server does not start where one is not described. */
export function addApiRoutes(app: FastifyInstance, { routes }: RouteTable, version: string): void {
  let document: ApiDocument
  let page: GuardedPage
  app.addHook('onReady', async () => {
    document = apiDocument(routes, version)
    page = await guardedPage(apiPage(document))
  })
  app.get('/openapi.json', async () => document)
  app.get('/docs', async (_, reply) => sendPage(reply, page))
}
