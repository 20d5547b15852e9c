/** The server's interface as an OpenAPI 3.1 document: https://spec.openapis.org/oas/v3.1.1.html. */
import { z } from 'zod'
import { OPEN_PATHS } from './access.ts'
import { errorAnswer } from './answer-schemas.ts'
import { type Answer, type Content, json, OPERATIONS, type Operation } from './api-operations.ts'

export type Json = Readonly<Record<string, unknown>>

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: Json
}

export interface MediaTypes {
  readonly content: Readonly<Record<string, { readonly schema?: Json }>>
  readonly description: string
}

export interface DocumentedOperation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: MediaTypes & { readonly required: true }
  readonly responses: Readonly<Record<string, MediaTypes & { readonly headers?: Json }>>
  readonly security?: readonly Json[]
  readonly 'x-codeSamples'?: readonly { readonly lang: string; readonly source: string }[]
}

export interface ApiDocument {
  readonly openapi: '3.1.1'
  readonly info: { readonly title: string; readonly version: string; readonly summary: string }
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>
    readonly securitySchemes?: Readonly<Record<string, Json>>
  }
}

const ERROR = { $ref: '#/components/schemas/Error' }

export interface Served {
  /** Each `METHOD /path` as it is registered. */
  readonly routes: readonly string[]
  readonly models: readonly string[]
  readonly version: string
  /** Instances of an answer that may be asked for. */
  readonly detections: number
  /** Whether requests need a token. */
  readonly asksToken: boolean
}

/** Throws `RangeError` for a route that `OPERATIONS` does not describe. */
export function apiDocument(served: Served): ApiDocument {
  const { routes, version, asksToken } = served
  const paths: Record<string, Record<string, DocumentedOperation>> = {}
  const unknown = routes.find((route) => !Object.hasOwn(OPERATIONS, route))
  if (unknown !== undefined) throw new RangeError(`the route ${unknown} is not described`)
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    if (!routes.includes(route)) continue
    const [method, path] = route.split(' ')
    const name = path.replace(/:(\w+)/g, '{$1}')
    paths[name] ??= {}
    const asks = asksToken && !OPEN_PATHS.includes(path)
    paths[name][method.toLowerCase()] = documented(asks ? guarded(operation) : operation, path, served, asks)
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Maskwright', version, summary: 'Objects in images, and tensors through models.' },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Error: schemaOf(errorAnswer, 'output') },
      ...(asksToken && { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } }),
    },
  }
}

function guarded(operation: Operation): Operation {
  const refused = json('There is no token, or one that is not known.', errorAnswer)
  return { ...operation, answers: { ...operation.answers, 401: refused } }
}

function documented(
  operation: Operation,
  path: string,
  served: Served,
  asksToken: boolean,
): DocumentedOperation {
  const { id, tag, summary, about, body, answers, example } = operation
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(about !== undefined && { description: about }),
    parameters: parametersOf(operation, path).map((parameter) => ofServer(parameter, served)),
    ...(body && {
      requestBody: { description: body.about, content: contentOf(body.content, 'input'), required: true },
    }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, responseOf(answer)]),
    ),
    ...(asksToken && { security: [{ token: [] }] }),
    ...(example !== undefined && { 'x-codeSamples': [{ lang: 'Shell', source: example }] }),
  }
}

/** What stands in a path. */
const PATH_PARTS: Readonly<Record<string, string>> = {
  model: 'Its name.',
  version: 'The one that answers; counted from 1 since the server was started.',
}

function parametersOf({ query, headers = {} }: Operation, path: string): Parameter[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    ...{ name, in: 'path' as const, required: true, description: PATH_PARTS[name] },
    schema: { type: 'string', minLength: 1 },
  }))
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    // A query has texts; what they stand for is told.
    const { description, ...told } = schemaOf(schema, 'output') as { description?: string }
    return { name, in: 'query' as const, required: false, description, schema: told }
  })
  const inHeaders = Object.entries(headers).map(([name, { about, schema }]) => ({
    ...{ name, in: 'header' as const, required: false, description: about },
    schema: schemaOf(schema, 'input'),
  }))
  return [...inPath, ...inQuery, ...inHeaders]
}

/** Names of models are those that are served, and no more instances can be asked for than are given. */
function ofServer(parameter: Parameter, { models, detections }: Served): Parameter {
  const { name, schema } = parameter
  if (name === 'model' && models.length > 0) return { ...parameter, schema: { ...schema, enum: models } }
  if (name === 'max') return { ...parameter, schema: { ...schema, maximum: detections } }
  return parameter
}

function responseOf({ about, content, headers }: Answer) {
  return {
    description: about,
    content: contentOf(content, 'output'),
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, description]) => [
          name,
          { description, schema: { type: 'string' } },
        ]),
      ),
    }),
  }
}

function contentOf(content: Readonly<Record<string, Content>>, io: 'input' | 'output') {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [
      type,
      schema === 'bytes'
        ? {}
        : { schema: schema === errorAnswer ? ERROR : schemaOf(schema, io), ...encodingOf(schema) },
    ]),
  )
}

/** Files of a form are images. */
function encodingOf(schema: z.ZodType) {
  if (!(schema instanceof z.ZodObject)) return {}
  const files = Object.entries(schema.shape).filter(([, field]) => field instanceof z.ZodFile)
  if (files.length === 0) return {}
  return { encoding: Object.fromEntries(files.map(([name]) => [name, { contentType: 'image/*' }])) }
}

/** What goes in is told as it has to come, what comes out as it is. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return rest
}
