/** The studio over HTTP, for a browser on the same machine: its page, the photos, their labels, and what a model finds. */
import Fastify, { type FastifyInstance } from 'fastify'
import type { ImageProbe } from '../doctor/image-probe.ts'
import { DataError, MaskwrightError } from '../errors.ts'
import type { Labels } from '../formats/coco/edited-labels.ts'
import { refusedAddress } from '../node/refused-address.ts'
import type { PageFile } from '../node/studio-pages.ts'
import type { Judgement } from '../predict/judged-image.ts'
import type { ImageJson } from '../predict/to-json.ts'
import type { StudioTraining } from './training.ts'
import { addTrainingRoutes } from './training-routes.ts'

/** A picture as browsers show it. */
export interface ShownPicture {
  readonly bytes: Uint8Array
  readonly type: string
}

export interface StudioFinder {
  /** Name of the model. */
  readonly name: string
  /** @param isJudged whether it is also said what labels of the image are worth */
  find(imageId: number, isJudged: boolean): Promise<FoundJson>
}

export interface FoundJson extends ImageJson {
  readonly judgement?: Omit<Judgement, 'descriptor'> & { readonly descriptor: readonly number[] }
}

export interface StudioOptions {
  /** Of the folder of photos. */
  readonly name: string
  /** Where labels are kept, as people are told. */
  readonly labelsFile: string
  readonly labels: Labels
  readonly picture: (imageId: number) => Promise<ShownPicture>
  /** What the file of an image turned out to be. */
  readonly probe: (imageId: number) => Promise<ImageProbe>
  /** The model as it is now; undefined where there is none. */
  readonly finder: () => StudioFinder | undefined
  readonly training: StudioTraining
  /** Files of the page by their paths, `/` being the page itself. */
  readonly pages: ReadonlyMap<string, PageFile>
  /** On 127.0.0.1; 0 takes any that is free. */
  readonly port: number
}

export interface RunningStudio {
  readonly url: string
  close(): Promise<void>
}

const HOST = '127.0.0.1'
/** A picture of 4000 x 3000 with 500 outlines of 60 points takes 1 MB. */
const MOST_BYTES = 2 ** 26
const POLICY = [
  "default-src 'none'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "style-src 'self'",
  // A model in the page is computed by WebAssembly.
  "script-src 'self' 'wasm-unsafe-eval'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE_HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  // Threads share memory in pages alone that are isolated.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

/** Throws `ConfigError` for a port that cannot be had. */
export async function openStudio(options: StudioOptions): Promise<RunningStudio> {
  const { port, pages } = options
  const app = Fastify({ bodyLimit: MOST_BYTES, forceCloseConnections: true })
  guardOwnPage(app)
  app.setErrorHandler(async (error: Error & { statusCode?: number }, _, reply) => {
    const isTold = error instanceof MaskwrightError || (error.statusCode ?? 500) < 500
    const status = error instanceof DataError ? 400 : (error.statusCode ?? 500)
    return reply.code(status).send({ error: isTold ? error.message : 'the studio failed' })
  })
  app.setNotFoundHandler(async (_, reply) => reply.code(404).send({ error: 'there is no such page' }))
  addProjectRoutes(app, options)
  addTrainingRoutes(app, options)
  for (const [path, { type, length, open }] of pages) {
    app.get(path, async (_, reply) =>
      reply
        .type(type)
        .headers({ ...PAGE_HEADERS, 'content-length': length })
        .send(open()),
    )
  }
  const url = await app.listen({ host: HOST, port }).catch((error) => {
    throw refusedAddress(error, { where: `${HOST}:${port}`, hint: 'Choose another with --port' })
  })
  return { url, close: () => app.close() }
}

/**
 * Lets in what comes from the studio's own page: by the name that was asked for, since a site's name may lead to this machine,
 * and by the page that asks, since any page may send requests to it.
 */
function guardOwnPage(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers, socket }, reply) => {
    const own = [HOST, 'localhost'].map((host) => `${host}:${socket.localPort}`)
    const isOwn = (origin: string | undefined) => own.some((host) => origin === `http://${host}`)
    if (own.includes(headers.host ?? '') && (headers.origin === undefined || isOwn(headers.origin))) return
    return reply.code(403).send({ error: 'the studio answers its own page alone' })
  })
}

interface OfImage {
  readonly Params: { readonly id: string }
}

function addProjectRoutes(
  app: FastifyInstance,
  { name, labelsFile, labels, picture, probe, finder }: StudioOptions,
): void {
  app.get('/api/project', async () => ({
    ...{ name, labelsFile, model: finder()?.name ?? null },
    ...(labels.document() as object),
  }))
  app.get<OfImage>('/api/images/:id', async ({ params }, reply) => {
    const { bytes, type } = await picture(idOf(params))
    return reply.type(type).header('cache-control', 'private, max-age=3600').send(bytes)
  })
  app.get<OfImage>('/api/images/:id/probe', async ({ params }) => {
    const found = await probe(idOf(params))
    return found.kind === 'image' ? { ...found, thumbnail: [...found.thumbnail] } : found
  })
  app.put<OfImage>('/api/images/:id/annotations', async ({ params, body }) => {
    await labels.setObjects(idOf(params), listOf(body))
    return {}
  })
  app.put<OfImage>('/api/images/:id/checked', async ({ params, body }) => {
    await labels.setChecked(idOf(params), checkedOf(body))
    return {}
  })
  app.put('/api/categories', async ({ body }) => {
    await labels.setCategories(listOf(body))
    return {}
  })
  app.post<OfImage>('/api/images/:id/find', async ({ params, body }) => {
    const model = finder()
    if (!model) {
      const hint = 'Train one, or start the studio with --model'
      throw new DataError('the studio has no model', { hint })
    }
    return model.find(idOf(params), (body as { judge?: unknown } | undefined)?.judge === true)
  })
}

function idOf({ id }: { readonly id: string }): number {
  return Number(id)
}

function checkedOf(body: unknown): boolean {
  const { checked } = (body ?? {}) as { checked?: unknown }
  if (typeof checked === 'boolean') return checked
  throw new DataError('"checked" is wrong', { expected: 'true or false' })
}

function listOf(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body
  throw new DataError('the body is no list', { expected: 'a list of JSON' })
}
