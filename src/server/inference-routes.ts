/** The Open Inference Protocol, version 2: https://github.com/kserve/open-inference-protocol. */
import type { FastifyInstance } from 'fastify'
import { HEADER_LENGTH } from '../client/tensor-protocol.ts'
import { Refusal } from './refusal.ts'
import { requestSignal } from './request-signal.ts'
import type { ServedModel } from './served-model.ts'
import { decodeRequest, encodeResponse, portMetadata } from './tensor-coding.ts'

export interface InferenceRoutes {
  readonly models: ReadonlyMap<string, ServedModel>
  readonly version: string
  readonly isReady: () => boolean
  /** For an answer. */
  readonly seconds: number
}

interface OfModel {
  readonly Params: { readonly model: string }
}

export function addInferenceRoutes(
  app: FastifyInstance,
  { models, version, isReady, seconds }: InferenceRoutes,
): void {
  app.get('/v2', async () => ({ name: 'maskwright', version, extensions: ['binary_tensor_data'] }))
  app.get('/v2/health/live', async () => ({ live: true }))
  app.get('/v2/health/ready', async (_, reply) => {
    const ready = isReady() && [...models.values()].every(hasProcess)
    if (!ready) reply.code(503)
    return { ready }
  })
  app.get<OfModel>('/v2/models/:model', async ({ params }) => {
    const { name, inputs, outputs } = modelOf(models, params.model)
    const platform = 'onnxruntime_onnx'
    return { name, platform, inputs: inputs.map(portMetadata), outputs: outputs.map(portMetadata) }
  })
  app.get<OfModel>('/v2/models/:model/ready', async ({ params }, reply) => {
    const model = modelOf(models, params.model)
    const ready = isReady() && hasProcess(model)
    if (!ready) reply.code(503)
    return { name: model.name, ready }
  })
  app.post<OfModel & { Body: unknown }>('/v2/models/:model/infer', async (request, reply) => {
    const model = modelOf(models, request.params.model)
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array()
    const wanted = decodeRequest(body, headerLength(request.headers[HEADER_LENGTH]), model)
    const missing = model.inputs.find(({ name }) => !Object.hasOwn(wanted.feeds, name))
    if (missing) throw new Refusal(400, 'the input is missing', { where: missing.name })
    const signal = requestSignal(reply, seconds)
    const fetches = wanted.outputs.map(({ name }) => name)
    const results = await model.infer(wanted.feeds, fetches, signal)
    const answer = encodeResponse(model.name, wanted, results)
    if (answer.headerLength === undefined) return reply.type('application/json').send(answer.body)
    return reply.type('application/octet-stream').header(HEADER_LENGTH, answer.headerLength).send(answer.body)
  })
}

function hasProcess({ processes }: ServedModel): boolean {
  return processes().length > 0
}

/** Throws a `Refusal` of 404. */
export function modelOf(models: ReadonlyMap<string, ServedModel>, name: string): ServedModel {
  const model = models.get(name)
  if (model) return model
  const expected = [...models.keys()].join(', ')
  throw new Refusal(404, 'there is no such model', { expected, got: name.slice(0, 100) })
}

function headerLength(header: string | readonly string[] | undefined): number | undefined {
  if (header === undefined) return undefined
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header)
  throw new Refusal(400, 'the header is no length', { where: HEADER_LENGTH, expected: 'a number of bytes' })
}
