/** Decodes and predicts in a page; `detector.test.ts` asks it to. Bytes travel as lists of numbers. */
import type { ReadingOptions } from '../../src/data/image-reading.ts'
import type { DecodedImage } from '../../src/data/picture.ts'
import { Detector, type LoadEvent } from '../../src/index.web.ts'
import { predict } from '../../src/predict/predictor.ts'
import { predictionJson } from '../../src/predict/to-json.ts'
import { decodeImage, type ImageSource } from '../../src/web/decode-image.ts'
import { fetchBytes } from '../../src/web/files.ts'
import { createSession, setWasmFolder } from '../../src/web/session.ts'

setWasmFolder(new URL('/wasm/', location.href).href)

const CATEGORIES = ['red', 'green', 'blue'].map((name, i) => ({ id: i + 1, name }))

async function predictBytes(model: number[], image: number[]) {
  const session = await createSession(Uint8Array.from(model), { threads: 1 })
  const pixels = await decodeImage(Uint8Array.from(image))
  const prediction = await predict({ session, categories: CATEGORIES }, pixels, { score: 0 })
  await session.dispose()
  return predictionJson('image', prediction)
}

/** The whole way of a user of the package: a model by name, an image as bytes and as `ImageData`. */
async function segment(image: number[]) {
  const events: LoadEvent[] = []
  const detector = await Detector.load('thin', {
    device: 'cpu',
    threads: 1,
    onProgress: (event) => events.push(event),
  })
  const bytes = Uint8Array.from(image)
  const prediction = await detector.detect(bytes, { score: 0 })
  const bitmap = await createImageBitmap(new Blob([bytes]))
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
  context?.drawImage(bitmap, 0, 0)
  const imageData = context?.getImageData(0, 0, bitmap.width, bitmap.height) as ImageData
  const again = await detector.detect(imageData, { score: 0 })
  await detector.dispose()
  return {
    events,
    fromBytes: predictionJson('image', prediction),
    fromImageData: predictionJson('image', again),
  }
}

async function decodeBytes(image: number[]) {
  return listed(await decodeImage(Uint8Array.from(image)))
}

/** Pixels with notes, or what was thrown. */
async function decodeAs(image: number[], reading: ReadingOptions) {
  return decodeImage(Uint8Array.from(image), reading).then(
    (decoded) => ({ ...listed(decoded), notes: decoded.notes }),
    (error) => `${error}`,
  )
}

/** The same picture in every form a page can hold it. */
async function decodeEverything(png: number[]) {
  const blob = new Blob([Uint8Array.from(png)], { type: 'image/png' })
  const url = URL.createObjectURL(blob)
  const element = new Image()
  element.src = url
  await element.decode()
  const { naturalWidth: width, naturalHeight: height } = element
  const offscreen = new OffscreenCanvas(width, height)
  offscreen.getContext('2d')?.drawImage(element, 0, 0)
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  context.drawImage(element, 0, 0)
  const frame = new VideoFrame(offscreen, { timestamp: 0 })
  const bitmap = await createImageBitmap(blob)
  const sources: Record<string, ImageSource> = {
    bytes: Uint8Array.from(png),
    blob,
    file: new File([blob], 'picture.png'),
    'URL object': new URL(url),
    'URL text': url,
    bitmap,
    'image data': context.getImageData(0, 0, width, height),
    canvas,
    'canvas without a page': offscreen,
    image: element,
    'video frame': frame,
  }
  const decoded: Record<string, ReturnType<typeof listed>> = {}
  for (const [name, source] of Object.entries(sources)) decoded[name] = listed(await decodeImage(source))
  decoded['bitmap, again'] = listed(await decodeImage(bitmap))
  frame.close()
  return decoded
}

/** What decoding throws for things that are no pictures. */
async function failures() {
  const closed = await createImageBitmap(new ImageData(4, 4))
  closed.close()
  const sources: Record<string, ImageSource> = {
    text: new TextEncoder().encode('this is no image'),
    file: new File(['neither is this'], 'notes.txt'),
    'missing URL': '/missing.png',
    'closed bitmap': closed,
    'image not loaded': new Image(),
    'video not loaded': document.createElement('video'),
  }
  const messages: Record<string, string> = {}
  for (const [name, source] of Object.entries(sources)) {
    messages[name] = await decodeImage(source).then(
      () => 'decoded',
      (error) => `${error}`,
    )
  }
  return messages
}

/** What loading says of a model that is not there; the test's server answers one of them with a page. */
async function missingModels() {
  const messages: string[] = []
  for (const model of ['gone', new URL('/moved/model.safetensors', location.href)]) {
    messages.push(
      await Detector.load(model, { device: 'cpu' }).then(
        () => 'loaded',
        (error) => `${error}`,
      ),
    )
  }
  return messages
}

/** Bytes of the page's own script, fetched in pieces and at once. */
async function fetchOwnScript() {
  const told: number[] = []
  const pieces = await fetchBytes('/page.js', { onBytes: (loaded) => told.push(loaded) })
  const whole = new Uint8Array(await (await fetch('/page.js')).arrayBuffer())
  const equal = whole.length === pieces.length && whole.every((byte, i) => byte === pieces[i])
  const rising = told.every((loaded, i) => i === 0 || loaded > told[i - 1])
  return { equal, rising, last: told.at(-1), length: whole.length }
}

function listed({ data, width, height }: DecodedImage) {
  return { width, height, data: Array.from(data) }
}

const tools = {
  predictBytes,
  segment,
  decodeBytes,
  decodeAs,
  decodeEverything,
  failures,
  missingModels,
  fetchOwnScript,
}
export type PageTools = typeof tools
Object.assign(globalThis, { tools })
