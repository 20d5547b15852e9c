/** The Open Inference Protocol, version 2: https://github.com/kserve/open-inference-protocol. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HEADER_LENGTH } from '../client/tensor-protocol.ts'
import type { ModelVersion } from './model-version.ts'
import { Refusal } from './refusal.ts'
import { requestSignal } from './request-signal.ts'
import type { ServedModel } from './served-model.ts'
import { decodeRequest, type EncodedResponse, encodeResponse, portMetadata } from './tensor-coding.ts'

export interface InferenceRoutes {
  readonly models: ReadonlyMap<string, ServedModel>
  readonly version: string
  readonly isReady: () => boolean
  /** For an answer. */
  readonly seconds: number
}

interface OfModel {
  readonly Params: { readonly model: string; readonly version?: string }
}

export function addInferenceRoutes(
  app: FastifyInstance,
  { models, version, isReady, seconds }: InferenceRoutes,
): void {
  app.get('/v2', async () => ({ name: 'maskwright', version, extensions: ['binary_tensor_data'] }))
  app.get('/v2/health/live', async () => ({ live: true }))
  app.get('/v2/health/ready', async (_, reply) => {
    const ready = isReady() && [...models.values()].every(({ current }) => hasProcess(current))
    if (!ready) reply.code(503)
    return { ready }
  })
  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get<OfModel>(path, async ({ params }) => {
      const { name, use } = modelOf(models, params.model)
      return use(async ({ version, inputs, outputs }) => {
        const ports = { inputs: inputs.map(portMetadata), outputs: outputs.map(portMetadata) }
        return { name, versions: [version], platform: 'onnxruntime_onnx', ...ports }
      }, params.version)
    })
    app.get<OfModel>(`${path}/ready`, async ({ params }, reply) => {
      const { name, use } = modelOf(models, params.model)
      const ready = await use(async (version) => isReady() && hasProcess(version), params.version)
      if (!ready) reply.code(503)
      return { name, ready }
    })
    app.post<OfModel & { Body: unknown }>(`${path}/infer`, async (request, reply) => {
      const { name, use } = modelOf(models, request.params.model)
      const answer = await use((version) => inferred(name, version, request, reply), request.params.version)
      if (answer.headerLength === undefined) return reply.type('application/json').send(answer.body)
      reply.header(HEADER_LENGTH, answer.headerLength)
      return reply.type('application/octet-stream').send(answer.body)
    })
  }
  async function inferred(
    name: string,
    model: ModelVersion,
    { body, headers }: FastifyRequest,
    reply: FastifyReply,
  ): Promise<EncodedResponse> {
    const bytes = body instanceof Uint8Array ? body : new Uint8Array()
    const wanted = decodeRequest(bytes, headerLength(headers[HEADER_LENGTH]), model)
    const missing = model.inputs.find((input) => !Object.hasOwn(wanted.feeds, input.name))
    if (missing) throw new Refusal(400, 'the input is missing', { where: missing.name })
    const signal = requestSignal(reply, seconds)
    const fetches = wanted.outputs.map((output) => output.name)
    const results = await model.infer(wanted.feeds, fetches, signal)
    return encodeResponse({ name, version: model.version }, wanted, results)
  }
}

function hasProcess({ processes }: ModelVersion): boolean {
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
