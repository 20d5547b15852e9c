/** The server over HTTP: routes, what is refused before it costs anything, the log and the metrics. */
import multipart from '@fastify/multipart'
import Fastify, { type FastifyInstance } from 'fastify'
import { MaskwrightError } from '../errors.ts'
import type { AllowedUrls } from '../node/allowed-urls.ts'
import { refusedAddress } from '../node/refused-address.ts'
import { type Access, guard } from './access.ts'
import { addApiRoutes } from './api-routes.ts'
import { connectionTimes, refuseBroken } from './broken-connections.ts'
import { addInferenceRoutes } from './inference-routes.ts'
import { addPredictRoute } from './predict-route.ts'
import { Refusal, statusOf } from './refusal.ts'
import { addRepositoryRoute } from './repository-route.ts'
import { CLIENT_CLOSED } from './request-signal.ts'
import { refuseUnknown, routeTable } from './route-table.ts'
import type { ServedModel } from './served-model.ts'
import type { ServerLimits } from './server-limits.ts'
import {
  RELOADS,
  REQUEST_SECONDS,
  REQUESTS,
  STAGE_SECONDS,
  serverMetrics,
  WORKER_ENDS,
} from './server-metrics.ts'
import { passOverUnread } from './unread-bodies.ts'

export interface ServerOptions {
  readonly host: string
  /** 0 takes any that is free. */
  readonly port: number
  readonly limits: ServerLimits
  /** Default: everyone may ask, and no pages of other origins. */
  readonly access?: Access
  /** Certificate and key, PEM. Default: nothing is encrypted. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** From where images may be fetched that a request lists. Default: from nowhere. */
  readonly urls?: AllowedUrls
  readonly version: string
  /** Takes a line of JSON for each request and each failure. */
  readonly log: { write(line: string): unknown }
  /** Memory of the process. */
  readonly residentBytes: () => number
}

export interface RunningServer {
  /** Without a slash at its end. */
  readonly url: string
  /** Takes no more requests, and resolves when those that were taken are answered. */
  close(): Promise<void>
}

/** Ids that a client may choose; others are replaced, so that a log stays one. */
const REQUEST_ID = /^[\w.-]{1,64}$/

/** Serves models, the first of them where a request names none. Throws `ConfigError` for an address that cannot be had. */
export async function openServer(
  models: readonly ServedModel[],
  { host, port, limits, access = {}, tls, urls, version, log, residentBytes }: ServerOptions,
): Promise<RunningServer> {
  const { bytes, requests, seconds, connections } = limits
  let isReady = true
  const app: FastifyInstance = Fastify({
    logger: { level: 'info', stream: log },
    bodyLimit: bytes,
    requestTimeout: seconds * 1000,
    ...(tls ? { https: { ...tls, ...connectionTimes(seconds) } } : { http: connectionTimes(seconds) }),
    clientErrorHandler: refuseBroken,
    routerOptions: { maxParamLength: 256 },
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const asked = headers['x-request-id']
      return typeof asked === 'string' && REQUEST_ID.test(asked) ? asked : crypto.randomUUID()
    },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  await app.register(multipart, { limits: { fileSize: bytes, files: 1, fields: 0, headerPairs: 32 } })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  await guard(app, access)
  bound(app, requests)
  app.server.maxConnections = connections
  const table = routeTable(app)
  tellErrors(app)
  const figures = serverMetrics(models, residentBytes)
  for (const { name: model, listen } of models) {
    listen({
      onStage: (stage, took) => figures.observe(STAGE_SECONDS, took, { model, stage }),
      onWorkerEnd: (event) => {
        figures.count(WORKER_ENDS, { model })
        app.log.error({ model, ...event }, 'a process ended; another is started')
      },
      onTaken: (version) => {
        figures.count(RELOADS, { model, outcome: 'taken' })
        app.log.info({ model, version }, 'another version of the model answers from now on')
      },
      onRefused: (error) => {
        figures.count(RELOADS, { model, outcome: 'refused' })
        const told = error instanceof MaskwrightError ? { error: error.message } : { err: error }
        app.log.error({ model, ...told }, 'the changed file cannot be taken; the version before goes on')
      },
    })
  }
  app.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    // Of requests whose client went away as well, which `onResponse` does not see.
    reply.raw.once('close', () => {
      const isAnswered = reply.raw.writableFinished
      figures.count(REQUESTS, { route, status: `${isAnswered ? reply.statusCode : CLIENT_CLOSED}` })
      figures.observe(REQUEST_SECONDS, reply.elapsedTime / 1000, { route })
      if (!isAnswered) request.log.info({ res: { statusCode: CLIENT_CLOSED } }, 'the client went away')
    })
  })
  refuseUnknown(app, table)
  passOverUnread(app)
  // A connection that stays open would hold up the end.
  app.addHook('onSend', async (_, reply) => {
    if (!isReady) reply.header('connection', 'close')
  })
  app.get('/metrics', async (_, reply) => reply.type('text/plain; version=0.0.4').send(figures.text()))
  const byName = new Map(models.map((model) => [model.name, model]))
  addInferenceRoutes(app, { models: byName, version, isReady: () => isReady, seconds })
  addRepositoryRoute(app, byName, () => isReady)
  const onEncoded = (model: string, took: number) =>
    figures.observe(STAGE_SECONDS, took, { model, stage: 'encode' })
  addPredictRoute(app, { models: byName, seconds, detections: limits.detections, urls, onEncoded })
  addApiRoutes(app, {
    ...{ routes: table.routes, models: [...byName.keys()], version, detections: limits.detections },
    asksToken: access.isToken !== undefined,
  })
  const url = await app.listen({ host, port }).catch(async (error) => {
    await app.close()
    throw refusedAddress(error, {
      where: `${host}:${port}`,
      hint: 'Choose another with --host and --port',
    })
  })
  return {
    url,
    close: async () => {
      isReady = false
      await app.close()
    },
  }
}

/** Refuses, before their bodies are read, requests beyond so many that are under way. */
function bound(app: FastifyInstance, most: number): void {
  let underWay = 0
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'POST') return
    if (underWay >= most) {
      throw new Refusal(429, 'too many requests are under way', {
        expected: `at most ${most}`,
        hint: 'Ask again later',
        retryAfter: 1,
      })
    }
    underWay++
    reply.raw.once('close', () => underWay--)
  })
}

/** Errors as one line in `error`, as the Open Inference Protocol has them. */
function tellErrors(app: FastifyInstance): void {
  app.setErrorHandler(async (error: Error, request, reply) => {
    const status = statusOf(error)
    if (status >= 500) request.log.error({ err: error }, 'request failed')
    const isTold = error instanceof MaskwrightError || status < 500
    if (error instanceof Refusal && error.retryAfter !== undefined) {
      // What was not read of the body is not waited for.
      reply.header('retry-after', error.retryAfter).header('connection', 'close')
    }
    return reply
      .code(status)
      .send({ error: isTold ? error.message : 'the server failed', request_id: request.id })
  })
}
