/** Mask R-CNN R50-FPN with random weights, and a picture of 800x1088 pixels in which it finds 100 objects. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { busyModel } from '../../src/cli/bench/busy-model.ts'
import { repeatedPicture } from '../../src/cli/bench/repeated-picture.ts'
import { decodeImage } from '../../src/node/decode-image.ts'
import { demoImagesFolder } from '../../src/node/package-files.ts'
import { createSession } from '../../src/node/session.ts'
import { type Tensor, tensor } from '../../src/tensor/tensor.ts'

export const SIZE = { height: 800, width: 1088 }
/** Of the demo's pictures the one that is looked at. */
export const TIMED = 'brightfield.png'
export const THREADS = Math.min(2, availableParallelism())

export async function busyR50() {
  const picture = repeatedPicture(await decodeImage(join(demoImagesFolder(), TIMED)), SIZE)
  const image: Tensor<'uint8'> = tensor('uint8', [SIZE.height, SIZE.width, 3], picture.data as Uint8Array)
  return { image, ...(await busyModel('maskrcnn_resnet50_fpn', image, createSession, { threads: THREADS })) }
}
