import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { encodeLabelPng } from '../src/formats/mask-images/label-png.ts'
import { command, folderOf } from './in-process.ts'

const [WIDTH, HEIGHT] = [64, 48]
/** Black, of the size that `cocoOf` states. */
export const picture = encodeLabelPng({
  data: new Uint8Array(WIDTH * HEIGHT),
  width: WIDTH,
  height: HEIGHT,
  channels: 1,
})
/** A grey image of that size with these values. */
export function labelsOf(value: (x: number, y: number) => number): Uint8Array {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => value(i % WIDTH, Math.floor(i / WIDTH)))
  return encodeLabelPng({ data, width: WIDTH, height: HEIGHT, channels: 1 })
}

export const ring = [5, 5, 17, 5, 17, 17, 5, 17]
/** An annotation without its ids. */
export const annotation = { iscrowd: 0, segmentation: [ring], bbox: [5, 5, 12, 12], area: 144 }

/** COCO text of images with an object each. */
export function cocoOf(
  fileNames: readonly string[],
  change: object = {},
  names: readonly string[] = ['leaf'],
): string {
  return JSON.stringify({
    images: fileNames.map((file_name, i) => ({ id: i + 1, file_name, width: WIDTH, height: HEIGHT })),
    annotations: fileNames.map((_, i) => ({
      id: i + 1,
      image_id: i + 1,
      category_id: 1,
      ...annotation,
      ...change,
    })),
    categories: names.map((name, i) => ({ id: i + 1, name })),
  })
}

/** The value in a JSON file. */
export const json = (...parts: string[]) => JSON.parse(readFileSync(path.join(...parts), 'utf8'))

/** `data convert` within a folder. */
export async function convert(folder: string, source: string, target: string, ...flags: string[]) {
  return command('data', 'convert', path.join(folder, source), path.join(folder, target), ...flags)
}

/** Converts a folder of these files to COCO: what was said, and the files that were written, parsed. */
export async function toCoco(files: Record<string, string | Uint8Array>, ...flags: string[]) {
  const folder = folderOf(files)
  const ended = await convert(folder, '.', 'out', '--to', 'coco', ...flags)
  const out = path.join(folder, 'out')
  const written = existsSync(out)
    ? readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
    : []
  return { ...ended, files: Object.fromEntries(written.map((name) => [name, json(out, name)])) }
}
