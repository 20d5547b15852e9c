/** An object or a proposal that is corrected by clicks: what they say is shown before it is taken. */
import { batch, computed, effect, signal, untracked } from '@preact/signals'
import type { Click } from '../../../../src/geometry/color-cut.ts'
import {
  type CompressedRle,
  compressRle,
  decodeRle,
  decompressRle,
  type Rle,
} from '../../../../src/geometry/rle.ts'
import { cropRle } from '../../../../src/geometry/rle-crop.ts'
import { TEXTS } from '../texts.ts'
import type { Session } from './session.ts'
import { pixelsOf } from './shapes.ts'

/** @param picture that of the photo which is seen, once it is there. */
export function openRefining(session: Session, picture: () => ImageBitmap | undefined) {
  const clicks = signal<readonly Click[]>([])
  const suggested = signal<CompressedRle>()
  const isRefining = computed(() => session.tool.value === 'refine')
  const target = computed(() =>
    isRefining.value ? (session.chosen.value ?? session.chosenProposal.value) : undefined,
  )
  let asked = 0

  const giveUp = () => {
    asked++
    batch(() => {
      clicks.value = []
      suggested.value = undefined
    })
  }
  const hasBoxAlone = () => {
    const shape = target.value?.segmentation
    return !shape || (!('counts' in shape) && shape.length === 0)
  }
  const startOf = (): Rle => pixelsOf(target.value?.segmentation, target.value?.bbox, session.image.value)

  /** What was asked for later is what is shown. */
  const suggest = async () => {
    const bitmap = picture()
    const mine = ++asked
    if (!target.value || !bitmap || (clicks.value.length === 0 && !hasBoxAlone())) {
      suggested.value = undefined
      return
    }
    const { refinedMask, refinedWindow } = await import('../../../../src/geometry/refined-mask.ts')
    if (mine !== asked) return
    const [start, own] = [startOf(), clicks.value]
    const window = refinedWindow(start, own, session.image.value)
    const rgba = pixelsIn(bitmap, window, session.image.value)
    suggested.value = compressRle(refinedMask(start, window, rgba, own, hasBoxAlone()))
  }

  const targetKey = computed(() => {
    const one = target.value
    return one && 'id' in one ? one.id : one
  })
  // Another one begins anew; a box alone is answered before any click.
  effect(() => {
    targetKey.value
    untracked(() => {
      giveUp()
      void suggest()
    })
  })

  return {
    ...{ clicks, suggested, target, giveUp },
    /** A click inside of what is shown takes away, one outside adds. */
    click(x: number, y: number) {
      if (!target.value) {
        session.notice.value = TEXTS.chooseOne
        return
      }
      const now = suggested.value ? decompressRle(suggested.value) : startOf()
      clicks.value = [...clicks.value, { x, y, isInside: !hasPixel(now, x, y) }]
      void suggest()
    },
    /** Takes the last click back; false where there is none. */
    takeBack() {
      if (clicks.value.length === 0) return false
      clicks.value = clicks.value.slice(0, -1)
      void suggest()
      return true
    },
    /** False where there is nothing to be taken. */
    accept() {
      const [mask, one] = [suggested.value, target.value]
      if (!mask || !one) return false
      batch(() => {
        if ('score' in one) session.accept([one], mask)
        else session.reshape(one.id, mask)
        giveUp()
      })
      return true
    },
  }
}

export type Refining = ReturnType<typeof openRefining>

function hasPixel(mask: Rle, x: number, y: number): boolean {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  return decodeRle(cropRle(mask, [left, top, left + 1, top + 1]))[0] === 1
}

function pixelsIn(
  bitmap: ImageBitmap,
  { box: [x1, y1, x2, y2], looked }: { box: readonly number[]; looked: { width: number; height: number } },
  photo: { width: number; height: number },
): Uint8ClampedArray {
  const [scaleX, scaleY] = [bitmap.width / photo.width, bitmap.height / photo.height]
  const pen = new OffscreenCanvas(looked.width, looked.height).getContext('2d', {
    willReadFrequently: true,
  }) as OffscreenCanvasRenderingContext2D
  const source = [x1 * scaleX, y1 * scaleY, (x2 - x1) * scaleX, (y2 - y1) * scaleY] as const
  pen.drawImage(bitmap, ...source, 0, 0, looked.width, looked.height)
  return pen.getImageData(0, 0, looked.width, looked.height).data
}
