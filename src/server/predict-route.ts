/** `POST /predict`: an image in, what was found on it out. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AllowedUrls } from '../node/allowed-urls.ts'
import { modelOf } from './inference-routes.ts'
import { formatPrediction, PREDICTION_FORMATS } from './prediction-formats.ts'
import { Refusal, statusOf } from './refusal.ts'
import { requestSignal } from './request-signal.ts'
import type { ServedModel } from './served-model.ts'
import { listedUrls, predictUrls } from './url-list.ts'

export const predictQuery = z.strictObject({
  model: z.string().optional().describe('Which model; the first where none is named.'),
  score: numeric(z.number().min(0).max(1)).default(0.5).describe('Leave out instances below it.'),
  max: numeric(z.number().int().min(0)).optional().describe('At most so many instances.'),
  format: z.enum(PREDICTION_FORMATS).default('json').describe('What the answer is written as.'),
})

export interface PredictRoute {
  /** The first is taken where the request names none. */
  readonly models: ReadonlyMap<string, ServedModel>
  /** For an answer. */
  readonly seconds: number
  /** That may be asked for. */
  readonly detections: number
  /** Default: none are asked. */
  readonly urls?: AllowedUrls
  /** An answer was put into its format, in so many seconds. */
  readonly onEncoded: (model: string, seconds: number) => void
}

export function addPredictRoute(
  app: FastifyInstance,
  { models, seconds, detections, urls, onEncoded }: PredictRoute,
): void {
  app.post('/predict', async (request, reply) => {
    const { model: name = [...models.keys()][0], format, score, max } = checkedQuery(request.query)
    if (max !== undefined && max > detections) {
      throw new Refusal(400, 'more than this server gives', {
        where: 'max',
        expected: `at most ${detections}`,
      })
    }
    const options = { score, max: max ?? detections }
    const model = modelOf(models, name)
    if (isJson(request)) {
      const listed = listedUrls(bodyOf(request))
      if (!urls) throw noUrls()
      if (format !== 'json') {
        throw new Refusal(400, 'a list of URLs has another answer', { where: 'format', expected: 'json' })
      }
      const signal = requestSignal(reply, seconds)
      const images = await model.use((version) =>
        predictUrls(listed, urls, (image) => version.predict(image, options, signal), signal),
      )
      return { model: model.name, images }
    }
    const { file, image } = await uploadOf(request)
    const signal = requestSignal(reply, seconds)
    const { type, body, notes } = await model.use(async (version) => {
      const prediction = await version.predict(image, options, signal)
      signal.throwIfAborted()
      const found = performance.now()
      const source = { name: model.name, metadata: version.metadata }
      const formatted = await formatPrediction(format, source, { file, image, prediction })
      onEncoded(model.name, (performance.now() - found) / 1000)
      return formatted
    })
    if (notes.length > 0) reply.header('x-maskwright-notes', notes.map(headerText).join('; '))
    return reply.type(type).send(body)
  })
}

function isJson({ headers }: FastifyRequest): boolean {
  return /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')
}

function bodyOf({ body }: FastifyRequest): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array()
}

function noUrls(): Refusal {
  return new Refusal(403, 'this server asks no other servers for images', {
    hint: 'Send the image itself, or have the server started with --allow-urls HOST',
  })
}

/** The body, or the first file of a form; of other fields there are none. */
async function uploadOf(request: FastifyRequest): Promise<{ file: string; image: Uint8Array }> {
  if (!request.isMultipart()) {
    return { file: 'image', image: requireBytes(bodyOf(request)) }
  }
  const part = await read(request.file())
  if (!part) throw new Refusal(400, 'the form has no file', { expected: 'an image in a part of its own' })
  return { file: part.filename || 'image', image: requireBytes(await read(part.toBuffer())) }
}

/** What the reader of forms gives. It tells what it cannot read by errors of no status, and fields as being too many. */
async function read<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if ((error as { code?: string }).code === 'FST_FIELDS_LIMIT') {
      throw new Refusal(400, 'the form has a field that is no file', { expected: 'an image alone' })
    }
    if (statusOf(error) !== 500) throw error
    throw new Refusal(400, `the form cannot be read: ${(error as Error).message}`)
  }
}

function requireBytes(image: Uint8Array): Uint8Array {
  if (image.length > 0) return image
  throw new Refusal(400, 'there is no image', { expected: 'an image as the body, or as the file of a form' })
}

function checkedQuery(query: unknown): z.infer<typeof predictQuery> {
  const result = predictQuery.safeParse(query)
  if (result.success) return result.data
  const [{ path, message }] = result.error.issues
  throw new Refusal(400, message, { where: path.join('.') || 'query' })
}

/** A number as a query has it. */
function numeric<T extends z.ZodType<number, number>>(schema: T) {
  return z
    .string()
    .regex(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i, 'not a number')
    .transform(Number)
    .pipe(schema)
}

/** As a header may have it. */
function headerText(note: string): string {
  return note.replace(/[^\x20-\x7e]/g, '?')
}
