/** Pages for people, and `/openapi.json`: what the server takes and gives, told by itself. */
import type { FastifyInstance } from 'fastify'
import { type ApiDocument, apiDocument, type Served } from './api-document.ts'
import { apiPage } from './api-page.ts'
import { type GuardedPage, guardedPage, sendPage } from './guarded-page.ts'
import { startPage } from './start-page.ts'

/** Routes may be added until the server starts, which it does not where one is not described. */
export function addApiRoutes(app: FastifyInstance, served: Served): void {
  let document: ApiDocument
  let [page, start]: GuardedPage[] = []
  app.addHook('onReady', async () => {
    document = apiDocument(served)
    page = await guardedPage(apiPage(document))
    start = await guardedPage(startPage(served.models))
  })
  app.get('/', async (_, reply) => sendPage(reply, start))
  app.get('/openapi.json', async () => document)
  app.get('/docs', async (_, reply) => sendPage(reply, page))
}
