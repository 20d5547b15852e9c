/** What each route of the server takes and gives, as the interface's document tells it. */
import { z } from 'zod'
import { HEADER_LENGTH } from '../client/tensor-protocol.ts'
import {
  cocoAnswer,
  errorAnswer,
  geojsonAnswer,
  inferenceAnswer,
  labelmeAnswer,
  listedAnswer,
  liveAnswer,
  modelAnswer,
  modelReadyAnswer,
  predictionAnswer,
  readyAnswer,
  repositoryAnswer,
  serverAnswer,
} from './answer-schemas.ts'
import { predictQuery } from './predict-route.ts'
import { inferenceRequest } from './tensor-coding.ts'
import { urlList } from './url-list.ts'

/** `bytes` is what is no JSON. */
export type Content = z.ZodType | 'bytes'

export interface Answer {
  readonly about: string
  /** By media type. */
  readonly content: Readonly<Record<string, Content>>
  readonly headers?: Readonly<Record<string, string>>
}

export interface Operation {
  readonly id: string
  readonly tag: 'Images' | 'Tensors' | 'Watching' | 'Pages'
  readonly summary: string
  readonly about?: string
  readonly query?: z.ZodObject
  /** Requests of it may have these headers. */
  readonly headers?: Readonly<Record<string, { readonly about: string; readonly schema: z.ZodType }>>
  readonly body?: { readonly about: string; readonly content: Readonly<Record<string, Content>> }
  readonly answers: Readonly<Record<number, Answer>>
  /** A line for a shell. */
  readonly example?: string
}

const JSON_TYPE = 'application/json'

export const json = (about: string, schema: z.ZodType): Answer => ({
  about,
  content: { [JSON_TYPE]: schema },
})
const refusal = (about: string) => json(about, errorAnswer)
const page = (about: string): Answer => ({ about, content: { 'text/html': 'bytes' } })

const NO_MODEL = { 404: refusal('There is no such model, or it has another version by now.') }

/** Of requests that a model is run for. */
const REFUSALS = {
  400: refusal('What was sent is wrong.'),
  ...NO_MODEL,
  408: refusal('The request did not come within the time for it.'),
  413: refusal('The body has too many bytes, or the image too many pixels.'),
  429: {
    ...refusal('Too many requests are under way.'),
    headers: { 'retry-after': 'Seconds after which it is worth to ask again.' },
  },
  500: refusal('The server failed.'),
  503: refusal('The server is ending.'),
  504: refusal('The answer took longer than the time for it.'),
}

const ready = (about: string, schema: z.ZodType) => ({
  200: json(about, schema),
  503: json('The server is ending.', z.union([schema, errorAnswer])),
})

/** A form of one file. */
const imageForm = z.strictObject({
  image: z.file().describe('An image file; the part may have any name.'),
})

/** What a model, or one version of it, is asked. */
const ofModel = (path: string, suffix = ''): Readonly<Record<string, Operation>> => ({
  [`GET ${path}`]: {
    id: `model${suffix}`,
    tag: 'Tensors',
    summary: 'What goes into a model and what comes out',
    answers: { 200: json('Its inputs and outputs.', modelAnswer), ...NO_MODEL },
  },
  [`GET ${path}/ready`]: {
    id: `modelReady${suffix}`,
    tag: 'Tensors',
    summary: 'Whether requests for a model are taken',
    answers: { ...ready('They are.', modelReadyAnswer), ...NO_MODEL },
  },
  [`POST ${path}/infer`]: {
    id: `infer${suffix}`,
    tag: 'Tensors',
    summary: 'Run a model on tensors',
    about: `Tensors as JSON, or as bytes after the JSON, whose length the header ${HEADER_LENGTH} then tells.`,
    headers: {
      [HEADER_LENGTH]: {
        about: 'Length of the JSON of a body that goes on with bytes.',
        schema: z.number().int().min(0),
      },
    },
    body: {
      about: 'Inputs, and which outputs are wanted; all of them where it does not say.',
      content: { [JSON_TYPE]: inferenceRequest, 'application/octet-stream': 'bytes' },
    },
    answers: {
      200: {
        about: 'Outputs; with bytes after the JSON where a tensor was asked for as bytes.',
        content: { [JSON_TYPE]: inferenceAnswer, 'application/octet-stream': 'bytes' },
        headers: { [HEADER_LENGTH]: 'Length of the JSON before the bytes.' },
      },
      ...REFUSALS,
    },
  },
})

/** By method and path, as they are registered. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /predict': {
    id: 'predict',
    tag: 'Images',
    summary: 'Find objects in an image, or in those of a list of URLs',
    query: predictQuery,
    body: {
      about:
        'An image file as the body, whatever type but JSON the request gives it, or as the file of a form; or, where the server was started with --allow-urls, a list of URLs as JSON.',
      content: {
        'image/*': 'bytes',
        'application/octet-stream': 'bytes',
        'multipart/form-data': imageForm,
        [JSON_TYPE]: urlList,
      },
    },
    answers: {
      200: {
        about: 'What was found, in the format that was asked for.',
        content: {
          [JSON_TYPE]: z.union([predictionAnswer, listedAnswer, cocoAnswer, labelmeAnswer]),
          'application/geo+json': geojsonAnswer,
          'image/png': 'bytes',
          'image/tiff': 'bytes',
        },
        headers: { 'x-maskwright-notes': 'What people should know of the answer, where there is something.' },
      },
      ...REFUSALS,
      403: refusal('A list of URLs, and the server asks no other servers.'),
    },
    example: "curl --data-binary @cell.png 'http://127.0.0.1:8080/predict?score=0.6'",
  },
  'GET /v2': {
    id: 'server',
    tag: 'Tensors',
    summary: 'Name, version and extensions of the server',
    answers: { 200: json('The server.', serverAnswer) },
  },
  'GET /v2/health/live': {
    id: 'live',
    tag: 'Watching',
    summary: 'Whether the process answers',
    answers: { 200: json('It does.', liveAnswer) },
  },
  'GET /v2/health/ready': {
    id: 'ready',
    tag: 'Watching',
    summary: 'Whether requests are taken',
    answers: ready('They are.', readyAnswer),
  },
  'POST /v2/repository/index': {
    id: 'repositoryIndex',
    tag: 'Tensors',
    summary: 'Which models there are, the first being that of requests that name none',
    answers: { 200: json('Their names.', repositoryAnswer), 413: REFUSALS[413], 429: REFUSALS[429] },
  },
  ...ofModel('/v2/models/:model'),
  ...ofModel('/v2/models/:model/versions/:version', 'Version'),
  'GET /metrics': {
    id: 'metrics',
    tag: 'Watching',
    summary: 'Figures for Prometheus',
    answers: { 200: { about: "Prometheus' text format.", content: { 'text/plain': 'bytes' } } },
  },
  'GET /': {
    id: 'startPage',
    tag: 'Pages',
    summary: 'A page that finds objects in a picture',
    answers: { 200: page('HTML without references to anything outside it.') },
  },
  'GET /openapi.json': {
    id: 'document',
    tag: 'Pages',
    summary: 'This document',
    answers: { 200: json('OpenAPI 3.1.', z.looseObject({ openapi: z.string() })) },
  },
  'GET /docs': {
    id: 'documentPage',
    tag: 'Pages',
    summary: 'This document as a page',
    answers: { 200: page('HTML without references to anything outside it.') },
  },
}
