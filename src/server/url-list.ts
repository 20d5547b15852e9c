/** `POST /predict` with a list of URLs: what is found on each image, or why it was not looked at. */
import { z } from 'zod'
import type { AllowedUrls } from '../node/allowed-urls.ts'
import { ahead } from '../predict/ahead.ts'
import { predictionJson } from '../predict/to-json.ts'
import type { ModelVersion } from './model-version.ts'
import { Refusal, statusOf } from './refusal.ts'

/** Of one request. */
export const MOST_URLS = 16

export const urlList = z
  .strictObject({
    urls: z
      .array(z.url({ protocol: /^https?$/ }).max(2048))
      .min(1)
      .max(MOST_URLS)
      .describe('Image files, of hosts that the server was allowed to ask (--allow-urls).'),
  })
  .describe('Images that the server has to fetch.')

/** Throws a `Refusal` for a body that is no list. */
export function listedUrls(body: Uint8Array): readonly string[] {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new Refusal(400, 'the body is not JSON', { expected: '{ "urls": ["https://..."] }' })
  }
  const result = urlList.safeParse(document)
  if (result.success) return result.data.urls
  const [{ path, message }] = result.error.issues
  throw new Refusal(400, message, {
    where: path.join('.') || 'body',
    expected: '{ "urls": ["https://..."] }',
  })
}

export type ListedImage =
  | ReturnType<typeof predictionJson>
  | { readonly file: string; readonly error: string }

/** One after the other, the next being fetched meanwhile. What is wrong with one leaves the others alone; what fails here does not. */
export async function predictUrls(
  urls: readonly string[],
  { load }: Pick<AllowedUrls, 'load'>,
  predict: (image: Uint8Array) => ReturnType<ModelVersion['predict']>,
  signal: AbortSignal,
): Promise<ListedImage[]> {
  const images: ListedImage[] = []
  const loaded = (url: string) =>
    load(url, signal).then(
      (image) => ({ image }),
      (error: unknown) => ({ error }),
    )
  for await (const { item: file, made } of ahead(urls, loaded)) {
    try {
      if ('error' in made) throw made.error
      images.push(predictionJson(file, await predict(made.image)))
    } catch (error) {
      signal.throwIfAborted()
      if (statusOf(error) >= 500) throw error
      images.push({ file, error: (error as Error).message })
    }
  }
  return images
}
