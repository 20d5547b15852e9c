/** What is drawn on the photo, as one picture while it is moved: only its place changes then. */

interface Drawing {
  /** Of the photo, in its own pixels. */
  readonly width: number
  readonly height: number
  /** Pixels of the screen to one of the photo. */
  readonly scale: number
  readonly isMoving: boolean
  readonly paint: (pen: CanvasRenderingContext2D) => void
}

export interface MovingSheet {
  /** Draws in pixels of the photo; what was drawn before is used again while it moves. */
  draw(pen: CanvasRenderingContext2D, drawing: Drawing): void
  /** Something else is to be drawn. */
  drop(): void
}

/** Of a sheet: nearer, less of the photo is seen, and little is drawn. */
const MOST_PIXELS = 4e6

export function openMovingSheet(): MovingSheet {
  let sheet: OffscreenCanvas | undefined
  return {
    drop: () => {
      sheet = undefined
    },
    draw: (pen, { width, height, scale, isMoving, paint }) => {
      const [columns, rows] = [Math.ceil(width * scale), Math.ceil(height * scale)]
      if (!isMoving || columns * rows > MOST_PIXELS) {
        sheet = undefined
        return paint(pen)
      }
      if (sheet?.width !== columns || sheet.height !== rows) {
        sheet = new OffscreenCanvas(columns, rows)
        const own = sheet.getContext('2d') as unknown as CanvasRenderingContext2D
        own.scale(columns / width, rows / height)
        paint(own)
      }
      pen.drawImage(sheet, 0, 0, width, height)
    },
  }
}
