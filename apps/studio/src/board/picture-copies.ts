/** Smaller copies of a picture: what is seen from afar is drawn from no more pixels than are seen. */

export interface PictureCopies {
  /** The smallest that has at least as many pixels as are seen at a scale; the picture itself until copies are made. */
  at(scale: number): ImageBitmap
  /** Gives the copies' memory back; the picture stays. */
  close(): void
}

/** Pixels of the shorter side of a copy, at least. */
const LEAST_SIDE = 256

/** Each half as wide as the one before, together a third of the picture's memory. `onCopy` is told of each that is made. */
export function copiesOf(picture: ImageBitmap, onCopy: () => void): PictureCopies {
  const copies = [picture]
  let isClosed = false
  const make = async () => {
    let [width, height] = [picture.width, picture.height]
    while (Math.min(width, height) >= 2 * LEAST_SIDE) {
      width = Math.ceil(width / 2)
      height = Math.ceil(height / 2)
      const copy = await createImageBitmap(copies[copies.length - 1], {
        ...{ resizeWidth: width, resizeHeight: height, resizeQuality: 'medium' },
      })
      if (isClosed) return copy.close()
      copies.push(copy)
      onCopy()
    }
  }
  // Without copies it is slower, and no less right.
  void make().catch(() => {})
  return {
    at: (scale) => copies[copyAt(scale, copies.length)],
    close: () => {
      isClosed = true
      for (const copy of copies.splice(1)) copy.close()
    },
  }
}

/** Which of so many copies: 0 is the picture, each after it half as wide. */
export function copyAt(scale: number, count: number): number {
  return Math.max(0, Math.min(count - 1, Math.floor(Math.log2(1 / scale))))
}
