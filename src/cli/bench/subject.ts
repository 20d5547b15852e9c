import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Size } from '../../geometry/boxes.ts'
import { decodeImage, encodePng } from '../../node/decode-image.ts'
import { writeFileAtomic } from '../../node/files.ts'
import { demoImagesFolder } from '../../node/package-files.ts'
import { createSession } from '../../node/session.ts'
import { toRgb } from '../../predict/predictor.ts'
import type { Device } from '../../runtime/session.ts'
import { busyModel, encodeBusyModel } from './busy-model.ts'
import { repeatedPicture } from './repeated-picture.ts'

/** What is run, and how. */
export interface Subject {
  readonly model: string
  /** An image file. */
  readonly image: string
  /** Instances below it are left out. */
  readonly score: number
  readonly device: Device | 'auto'
  readonly threads?: number
}

export interface SubjectOptions extends Pick<Subject, 'score' | 'device' | 'threads'> {
  /** A model, or else a preset. */
  readonly model?: string
  readonly preset?: string
  readonly image?: string
  readonly size?: Size
}

/**
 * Makes the files of what is measured where they are not there: the picture at its size, and a model of a preset. `place` says where.
 * Throws `ConfigError` for presets that do not exist, and `DataError` for images that are none.
 */
export async function prepareSubject(
  { model, preset, image = demoImage(), size, score, device, threads }: SubjectOptions,
  place: (name: string) => string,
): Promise<Subject> {
  const picture = await decodeImage(image)
  const shown = size ? repeatedPicture(picture, size) : picture
  const file = size ? place('picture.png') : image
  if (size) await writeFileAtomic(file, await encodePng(shown))
  if (model !== undefined) return { model, image: file, score, device, threads }
  const busy = await busyModel(preset!, toRgb(shown, image), createSession, { device, threads })
  const made = place('model.safetensors')
  await writeFileAtomic(made, encodeBusyModel(busy))
  return { model: made, image: file, score, device, threads }
}

function demoImage(): string {
  const folder = demoImagesFolder()
  return join(folder, readdirSync(folder).toSorted()[0])
}
