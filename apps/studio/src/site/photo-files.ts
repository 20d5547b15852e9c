/** Files of photos: which of those that people give are some, how large they are, and how browsers show them. */
import { foldedName, isImagePath } from '../../../../src/data/file-lookup.ts'
import { imageFormatOf, MAGIC_LENGTH } from '../../../../src/data/image-format.ts'
import { decodeImage } from '../../../../src/web/decode-image.ts'

/** The photos among files; hidden ones, such as those that macOS leaves beside others, do not count. */
export function photosAmong<Given extends { readonly name: string }>(given: readonly Given[]): Given[] {
  return given
    .filter(({ name }) => isImagePath(name) && !/(^|\/)\./.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A name that none of the others has, also where letters differ in case alone: `a-2.png` beside `a.png`. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const dot = name.lastIndexOf('.')
  let free = name
  for (let i = 2; taken.has(foldedName(free)); i++) free = `${name.slice(0, dot)}-${i}${name.slice(dot)}`
  return free
}

/** Width and height as it is seen. Throws `DataError` for what is no image that browsers read. */
export async function photoSize(file: File): Promise<{ readonly width: number; readonly height: number }> {
  const picture = await createImageBitmap(file).catch(() => undefined)
  // It says what is wrong with others.
  const { width, height } = picture ?? (await decodeImage(file))
  picture?.close()
  return { width, height }
}

/** Bits of a PNG stand in its header. */
const PNG_BITS = 24

/** As browsers show it: one of more than 8 bits as a model sees it. */
export async function shownPhoto(file: File): Promise<Blob> {
  const head = new Uint8Array(await file.slice(0, MAGIC_LENGTH).arrayBuffer())
  if (imageFormatOf(head) !== 'png' || head[PNG_BITS] <= 8) return file
  return canvasOf(await decodeImage(file)).convertToBlob()
}

/** RGB pixels on a canvas. */
export function canvasOf({
  data,
  width,
  height,
}: {
  readonly data: ArrayLike<number>
  readonly width: number
  readonly height: number
}): OffscreenCanvas {
  const pixels = new ImageData(width, height)
  for (let from = 0, to = 0; to < pixels.data.length; from += 3, to += 4) {
    pixels.data[to] = data[from]
    pixels.data[to + 1] = data[from + 1]
    pixels.data[to + 2] = data[from + 2]
    pixels.data[to + 3] = 255
  }
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.putImageData(pixels, 0, 0)
  return canvas
}
