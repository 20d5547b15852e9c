import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiDocument } from './api-document.ts'
import { OPERATIONS } from './api-operations.ts'
import { openServer, type RunningServer } from './server.ts'
import { SERVER_LIMITS } from './server-limits.ts'

let server: RunningServer
beforeAll(async () => {
  server = await openServer([], {
    ...{ host: '127.0.0.1', port: 0, limits: SERVER_LIMITS, version: '1.2.3' },
    ...{ log: { write: () => {} }, residentBytes: () => 0 },
  })
})
afterAll(() => server?.close())

const documentOf = async () => (await fetch(`${server.url}/openapi.json`)).json()
type Paths = Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>
const routesOf = (paths: Paths) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  )

it('is a document of OpenAPI 3.1', async () => {
  const document = await documentOf()
  const validator = new Validator()
  const { valid, errors } = await validator.validate(document)
  expect([valid, errors, validator.version]).toEqual([true, undefined, '3.1'])
  expect(document.info.version).toBe('1.2.3')
})

it('tells of every route that is described, and the server has every route it tells of', async () => {
  const told = routesOf((await documentOf()).paths)
  expect(told.map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`).sort()).toEqual(
    Object.keys(OPERATIONS).sort(),
  )
  for (const { method, path } of told) {
    const answer = await fetch(`${server.url}${path.replace(/\{\w+\}/g, 'none')}`, { method })
    const text = await answer.text()
    expect(answer.status, path).not.toBe(405)
    expect(text, path).not.toContain('there is no GET')
    expect(text, path).not.toContain('there is no POST')
  }
})

it('tells where a token is asked for, and where none is', async () => {
  const routes = Object.keys(OPERATIONS)
  const document = apiDocument({ routes, models: ['m'], version: '1', detections: 10, asksToken: true })
  const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)))
  expect([valid, errors]).toEqual([true, undefined])
  const open = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).flatMap(({ security, responses }) => {
      expect(Object.hasOwn(responses, '401'), path).toBe(security !== undefined)
      return security ? [] : [path]
    }),
  )
  expect(open.sort()).toEqual(['/', '/docs', '/openapi.json', '/v2/health/live', '/v2/health/ready'])
})

it('takes no route that is not described', () => {
  expect(() =>
    apiDocument({ routes: ['GET /nowhere'], models: [], version: '1', detections: 10, asksToken: false }),
  ).toThrow('GET /nowhere')
})

it('tells what a query may hold as the check of it has it', async () => {
  const { parameters } = (await documentOf()).paths['/predict'].post
  expect(parameters.map(({ name, schema }: { name: string; schema: object }) => [name, schema])).toEqual([
    ['model', { type: 'string' }],
    ['score', { type: 'number', minimum: 0, maximum: 1, default: 0.5 }],
    ['max', { type: 'integer', minimum: 0, maximum: 4000 }],
    [
      'format',
      {
        ...{ type: 'string', default: 'json' },
        enum: ['json', 'coco', 'labels', 'png', 'geojson', 'labelme'],
      },
    ],
  ])
})

it('says 405 and which methods there are, for a path that exists', async () => {
  const answer = await fetch(`${server.url}/v2/models/any/infer?x=1`, { method: 'PUT', body: 'x' })
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  expect((await fetch(`${server.url}/openapi_json`)).status).toBe(404)
})

it('is a page for people too, under a policy that lets it ask for nothing else', async () => {
  const answer = await fetch(`${server.url}/docs`)
  const html = await answer.text()
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  for (const [route, { summary }] of Object.entries(OPERATIONS)) {
    expect(html).toContain(`>${route.replace(/:(\w+)/g, '{$1}')}</h3>`)
    expect(html).toContain(`<p>${summary}.</p>`)
  }
  expect(html).not.toMatch(/<script|(src|href)="(https?:|\/\/)/)
  const policy = answer.headers.get('content-security-policy')
  expect(policy).toContain("script-src 'none'")
  expect(policy).toMatch(/style-src 'sha256-[\w+/]{43}='/)
})
