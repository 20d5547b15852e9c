/** A server of `maskwright serve`, asked from Node or a browser; nothing is computed here. */
import { ConfigError } from '../errors.ts'
import type { ImageJson, InstanceJson } from '../predict/to-json.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { askingAgain, RETRIES, type Retries } from './asking-again.ts'
import { errorOf, ServerError } from './server-error.ts'
import { decodeTensors, encodeTensors } from './tensor-message.ts'
import { HEADER_LENGTH } from './tensor-protocol.ts'

export interface ClientOptions {
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string
  /** Instead of the platform's. */
  readonly fetch?: typeof fetch
  /** How often and how long a busy server is asked again. */
  readonly retries?: Partial<Retries>
}

/** The bytes of an image file: a `File` and other blobs too. */
export type ImageFile = Uint8Array<ArrayBuffer> | ArrayBuffer | Blob

export interface PredictOptions {
  /** Leave out instances below it: 0 to 1. Default: the server's, 0.5. */
  readonly score?: number
  /** At most so many instances, those of the highest scores. */
  readonly max?: number
  /** Default: the server's first. */
  readonly model?: string
  readonly signal?: AbortSignal
}

/** What `maskwright predict --json` prints, of one image. */
export interface PredictionDocument {
  readonly model: string
  readonly images: readonly [ImageJson]
}

/** An entry for each URL that was asked for, `file` being the URL. */
export interface ListedPrediction {
  readonly model: string
  readonly images: readonly (ImageJson | { readonly file: string; readonly error: string })[]
}

/** An entry of COCO's results array. */
export interface ResultJson extends Omit<InstanceJson, 'category' | 'area' | 'measurements'> {
  readonly image_id: number
}

/** What each format gives. */
export interface PredictionFormats {
  readonly json: PredictionDocument
  readonly coco: readonly ResultJson[]
  /** A label map: a PNG of 16 bits, or a TIFF of 32 where there are more objects. */
  readonly labels: Uint8Array<ArrayBuffer>
  /** The picture with the objects drawn on it. */
  readonly png: Uint8Array<ArrayBuffer>
  /** A FeatureCollection of outlines in pixels. */
  readonly geojson: Readonly<Record<string, unknown>>
  /** A file of LabelMe. */
  readonly labelme: Readonly<Record<string, unknown>>
}

const BYTES: readonly (keyof PredictionFormats)[] = ['labels', 'png']

/** A tensor of a model; -1 stands for any size. */
export interface TensorInfo {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

export interface ModelInfo {
  readonly name: string
  /** The one that answers; counted from 1 since the server was started. */
  readonly versions: readonly string[]
  readonly platform: string
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
}

export class MaskwrightClient {
  readonly #url: string
  readonly #fetch: typeof fetch
  readonly #headers: Readonly<Record<string, string>>
  readonly #retries: Retries

  /** `url` is where the server is: `http://127.0.0.1:8080`. Throws `ConfigError` for what is no such place. */
  constructor(url: string | URL, { token, fetch: own, retries }: ClientOptions = {}) {
    this.#url = serverUrl(url)
    // A browser's `fetch` insists on its `this`.
    this.#fetch = own ?? ((...request) => fetch(...request))
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    this.#retries = { ...RETRIES, ...retries }
  }

  /**
   * Objects on an image. Rejects with a `ServerError` that has the status of what the server refused, after a 429 or 503 once it has
   * been asked again often enough, and with the signal's reason.
   */
  async predict<F extends keyof PredictionFormats = 'json'>(
    image: ImageFile,
    { format, signal, ...query }: PredictOptions & { readonly format?: F } = {},
  ): Promise<PredictionFormats[F]> {
    const answer = await this.#ask(predictPath({ ...query, format }), {
      body: image,
      type: 'application/octet-stream',
      signal,
    })
    const isBytes = format !== undefined && BYTES.includes(format)
    return (isBytes ? await bytesOf(answer) : await jsonOf(answer)) as PredictionFormats[F]
  }

  /**
   * Objects on images that the server fetches, of hosts that it was allowed to ask: an entry for each URL, in their order. Rejects as
   * `predict` does; what is wrong with one image is its `error`.
   */
  async predictUrls(
    urls: readonly string[],
    { signal, ...query }: PredictOptions = {},
  ): Promise<ListedPrediction> {
    const asked = { body: JSON.stringify({ urls }), type: 'application/json', signal }
    return (await jsonOf(await this.#ask(predictPath(query), asked))) as ListedPrediction
  }

  /**
   * What a model computes of tensors, which go and come as bytes: `image` uint8 `[height, width, 3]` in, `boxes`, `scores`, `labels`,
   * `masks` and others out, or those that `outputs` names. Rejects as `predict` does.
   */
  async infer(
    model: string,
    tensors: Readonly<Record<string, Tensor>>,
    { outputs, signal }: { readonly outputs?: readonly string[]; readonly signal?: AbortSignal } = {},
  ): Promise<Record<string, Tensor>> {
    const { body, headerLength } = encodeTensors(tensors, outputs)
    const answer = await this.#ask(`/v2/models/${encodeURIComponent(model)}/infer`, {
      ...{ body, signal, type: 'application/octet-stream' },
      headers: { [HEADER_LENGTH]: `${headerLength}` },
    })
    return decodeTensors(await bytesOf(answer), Number(answer.headers.get(HEADER_LENGTH)))
  }

  /** The models that are served, the first being that of requests that name none. */
  async models({ signal }: { readonly signal?: AbortSignal } = {}): Promise<readonly ModelInfo[]> {
    const asked = { body: '{}', type: 'application/json', signal }
    const index = (await jsonOf(await this.#ask('/v2/repository/index', asked))) as { name: string }[]
    const paths = index.map(({ name }) => `/v2/models/${encodeURIComponent(name)}`)
    return Promise.all(
      paths.map(async (path) => (await jsonOf(await this.#ask(path, { signal }))) as ModelInfo),
    )
  }

  /** Whether the server takes requests; false where there is none. */
  async ready({ signal }: { readonly signal?: AbortSignal } = {}): Promise<boolean> {
    try {
      const answer = await this.#send('/v2/health/ready', { signal })
      await answer.body?.cancel()
      return true
    } catch (error) {
      if (error instanceof ServerError && (error.status === 0 || error.status === 503)) return false
      throw error
    }
  }

  #ask(path: string, request: Asked): Promise<Response> {
    return askingAgain(() => this.#send(path, request), this.#retries, request.signal)
  }

  /** Rejects with a `ServerError` for anything but a success. */
  async #send(path: string, { body, type, headers, signal }: Asked): Promise<Response> {
    const where = `${this.#url}${path}`
    const answer = await this.#fetch(where, {
      ...(body !== undefined && { method: 'POST', body }),
      headers: { ...this.#headers, ...(type && { 'content-type': type }), ...headers },
      signal,
    }).catch((error: unknown) => {
      signal?.throwIfAborted()
      const parts = { where, status: 0, hint: 'Is the server running, and is this where it listens?' }
      throw new ServerError('the server cannot be reached', parts, { cause: error })
    })
    if (!answer.ok) throw await errorOf(answer, where)
    return answer
  }
}

function predictPath(query: Readonly<Record<string, unknown>>): string {
  const asked = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(asked.map(([name, value]) => [name, `${value}`]))
  return asked.length === 0 ? '/predict' : `/predict?${search}`
}

interface Asked {
  readonly body?: ImageFile | string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

async function bytesOf(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await answer.arrayBuffer())
}

async function jsonOf(answer: Response): Promise<unknown> {
  const text = await answer.text()
  try {
    return JSON.parse(text)
  } catch {
    const hint = 'Is this where Maskwright listens?'
    throw new ServerError('the answer is not JSON', { where: answer.url, status: answer.status, hint })
  }
}

function serverUrl(url: string | URL): string {
  const parsed = URL.canParse(`${url}`) ? new URL(url) : undefined
  if (parsed && /^https?:$/.test(parsed.protocol)) {
    return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '')
  }
  throw new ConfigError('the address is not one of a server', {
    expected: 'for example http://127.0.0.1:8080',
    got: `${url}`,
  })
}
