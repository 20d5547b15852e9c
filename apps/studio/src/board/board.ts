/** The photo with its objects on a canvas: drawing, zoom and panning. It knows no tools; what is clicked is told. */
import Konva from 'konva/lib/Core.js'
import { Circle } from 'konva/lib/shapes/Circle.js'
import { Image as KonvaImage } from 'konva/lib/shapes/Image.js'
import { openMovingSheet } from './moving-sheet.ts'
import { copiesOf, type PictureCopies } from './picture-copies.ts'
import { listenToPinch } from './pinch.ts'

export interface DrawnObject {
  readonly key: unknown
  readonly rings: readonly (readonly number[])[]
  readonly color: string
  readonly isChosen: boolean
  /** Found by a model, and not accepted yet: drawn in dashes. */
  readonly isProposed: boolean
  /** Something was found about it: it has a broad border. */
  readonly isDoubtful: boolean
}

export interface BoardEvents {
  /** A click at a place of the picture, in its pixels; the smallest object there, if any; whether with Shift. */
  readonly onClick: (x: number, y: number, key: unknown, isMore: boolean) => void
  readonly onDoubleClick: () => void
  readonly onPress: (x: number, y: number) => void
  readonly onRelease: () => void
  /** What was pressed was the first of two fingers, which move the photo. */
  readonly onGiveUp: () => void
  /** The pointer is at a place of the picture. */
  readonly onMove: (x: number, y: number) => void
  /** A point of the outline that can be edited was put elsewhere. */
  readonly onPoint: (ring: number, point: number, x: number, y: number) => void
}

/** In pixels of the photo. */
export interface Mark {
  readonly x: number
  readonly y: number
  readonly isInside: boolean
}

export interface Board {
  /** A picture of so many pixels, seen whole; what was drawn before is gone. */
  show(picture: ImageBitmap | undefined, width: number, height: number): void
  draw(objects: readonly DrawnObject[]): void
  /** The line that is being made, with the place of the pointer at its end; so many pixels of the photo wide, thin where that is 0. */
  pen(points: readonly number[], color: string, width: number): void
  /** Places that were clicked to say what is inside and what is not. */
  mark(places: readonly Mark[]): void
  /** Points that can be dragged. */
  points(rings: readonly (readonly number[])[]): void
  /** Whether the picture moves with a drag. */
  setPanning(isOn: boolean): void
  zoom(factor: number): void
  seeWhole(): void
  /** Pixels of the picture that a pixel of the screen covers. */
  readonly pixel: number
  close(): void
}

const ZOOM_STEP = 1.12
const [FARTHEST, NEAREST] = [0.02, 64]
const POINT_RADIUS = 4
/** In pixels of the screen. */
const DOUBLE_CLICK_STEP = 6

interface Drawn extends DrawnObject {
  readonly path: Path2D
  readonly extent: number
}

export function openBoard(container: HTMLDivElement, events: BoardEvents): Board {
  const stage = new Konva.Stage({ container, width: container.clientWidth, height: container.clientHeight })
  const [ground, top] = [new Konva.Layer({ imageSmoothingEnabled: false }), new Konva.Layer()]
  stage.add(ground, top)
  let size = { width: 1, height: 1 }
  let drawn: readonly Drawn[] = []
  let penPoints: readonly number[] = []
  let penColor = ''
  let penWidth = 0
  let marks: readonly Mark[] = []
  /** Until it is zoomed or moved: then it stays where it is when the board changes its size. */
  let isWhole = true
  let isPanning = true
  let image: KonvaImage | undefined
  let copies: PictureCopies | undefined
  let isPinched = false
  let clickedAt = { x: 0, y: 0 }
  /** From the click before the last, in pixels of the photo. */
  let clickStep = 0
  const paths = new WeakMap<object, Path2D>()

  const sheet = openMovingSheet()
  const shapes = new Konva.Shape({
    listening: false,
    sceneFunc: (context) =>
      sheet.draw(context._context as CanvasRenderingContext2D, {
        ...size,
        scale: stage.scaleX() * devicePixelRatio,
        isMoving: stage.isDragging(),
        paint: (pen) => paint(pen, drawn, 1 / stage.scaleX()),
      }),
  })
  const line = new Konva.Shape({
    listening: false,
    sceneFunc: (context) =>
      penWidth > 0
        ? paintBrush(context._context as CanvasRenderingContext2D, penPoints, penColor, penWidth)
        : paintPen(context._context as CanvasRenderingContext2D, penPoints, penColor, 1 / stage.scaleX()),
  })
  const signs = new Konva.Shape({
    listening: false,
    sceneFunc: (context) =>
      paintMarks(context._context as CanvasRenderingContext2D, marks, 1 / stage.scaleX()),
  })
  top.add(line, signs)

  const place = () => {
    const at = stage.getRelativePointerPosition()
    return at ?? { x: 0, y: 0 }
  }
  const zoomAt = (factor: number, x: number, y: number) => {
    isWhole = false
    const scale = stage.scaleX()
    const next = Math.min(NEAREST, Math.max(FARTHEST, scale * factor))
    stage.position({
      x: x - ((x - stage.x()) * next) / scale,
      y: y - ((y - stage.y()) * next) / scale,
    })
    stage.scale({ x: next, y: next })
    chooseCopy()
    for (const point of top.find<Circle>('Circle')) point.radius(POINT_RADIUS / next).strokeWidth(1 / next)
  }
  /** The copy that goes with how near the photo is. */
  const chooseCopy = () => {
    const perPixel = (image?.width() ?? 1) / (copies?.at(1).width ?? 1)
    if (copies) image?.image(copies.at(stage.scaleX() * perPixel * devicePixelRatio))
  }
  const seeWhole = () => {
    isWhole = true
    const scale = Math.min(stage.width() / size.width, stage.height() / size.height) || 1
    stage.scale({ x: scale, y: scale })
    stage.position({
      x: (stage.width() - size.width * scale) / 2,
      y: (stage.height() - size.height * scale) / 2,
    })
    chooseCopy()
  }
  stage.on('wheel', ({ evt }) => {
    evt.preventDefault()
    const at = stage.getPointerPosition() ?? { x: 0, y: 0 }
    zoomAt(evt.deltaY > 0 ? 1 / ZOOM_STEP : ZOOM_STEP, at.x, at.y)
  })
  stage.on('dragend', ({ target }) => {
    if (target === stage) isWhole = false
    ground.batchDraw()
  })
  stage.on('click tap', ({ target, evt }) => {
    if (target instanceof Circle || isPinched) return
    const { x, y } = place()
    clickStep = Math.hypot(x - clickedAt.x, y - clickedAt.y)
    clickedAt = { x, y }
    events.onClick(x, y, hit(drawn, x, y)?.key, evt.shiftKey)
  })
  // Two quick clicks apart from each other are two clicks.
  stage.on('dblclick dbltap', () => {
    if (clickStep <= DOUBLE_CLICK_STEP / stage.scaleX()) events.onDoubleClick()
  })
  stage.on('pointerdown', ({ target }) => {
    if (target instanceof Circle || isPinched) return
    const { x, y } = place()
    events.onPress(x, y)
  })
  // Wherever it is: a stroke may leave the photo.
  const release = () => events.onRelease()
  window.addEventListener('pointerup', release)
  stage.on('pointermove', () => {
    if (isPinched) return
    const { x, y } = place()
    events.onMove(x, y)
  })
  const endPinch = listenToPinch(container, {
    onBegin: () => {
      isPinched = true
      stage.stopDrag()
      stage.draggable(false)
      events.onGiveUp()
    },
    onMove: (x, y, fromX, fromY, factor) => {
      stage.position({ x: stage.x() + x - fromX, y: stage.y() + y - fromY })
      zoomAt(factor, x, y)
    },
    onEnd: () => {
      isPinched = false
      stage.draggable(isPanning)
    },
  })
  const watch = new ResizeObserver(() => {
    stage.size({ width: container.clientWidth, height: container.clientHeight })
    if (isWhole) seeWhole()
  })
  watch.observe(container)

  return {
    show: (picture, width, height) => {
      size = { width, height }
      drawn = []
      penPoints = []
      ground.removeChildren()
      copies?.close()
      copies = picture && copiesOf(picture, chooseCopy)
      image = picture && new KonvaImage({ image: picture, width, height, listening: false })
      if (image) ground.add(image)
      ground.add(shapes)
      for (const point of top.find('Circle')) point.destroy()
      seeWhole()
    },
    draw: (objects) => {
      sheet.drop()
      drawn = objects.map((object) => {
        const path = paths.get(object.rings) ?? pathOf(object.rings)
        paths.set(object.rings, path)
        return { ...object, path, extent: extentOf(object.rings) }
      })
      ground.batchDraw()
    },
    pen: (points, color, width) => {
      penPoints = points
      penWidth = width
      penColor = color
      top.batchDraw()
    },
    mark: (places) => {
      marks = places
      top.batchDraw()
    },
    points: (rings) => {
      for (const point of top.find('Circle')) point.destroy()
      for (const [ring, numbers] of rings.entries()) {
        for (let i = 0; i < numbers.length / 2; i++) {
          top.add(
            dragPoint(numbers[2 * i], numbers[2 * i + 1], 1 / stage.scaleX(), (x, y) =>
              events.onPoint(ring, i, x, y),
            ),
          )
        }
      }
    },
    setPanning: (isOn) => {
      isPanning = isOn
      stage.draggable(isOn)
    },
    zoom: (factor) => zoomAt(factor, stage.width() / 2, stage.height() / 2),
    seeWhole,
    get pixel() {
      return 1 / stage.scaleX()
    },
    close: () => {
      watch.disconnect()
      endPinch()
      copies?.close()
      window.removeEventListener('pointerup', release)
      stage.destroy()
    },
  }
}

function dragPoint(x: number, y: number, pixel: number, onEnd: (x: number, y: number) => void): Circle {
  const point = new Circle({
    ...{ x, y, radius: POINT_RADIUS * pixel, strokeWidth: pixel },
    ...{ fill: 'white', stroke: 'black', draggable: true },
  })
  point.on('dragend', () => onEnd(point.x(), point.y()))
  return point
}

function pathOf(rings: DrawnObject['rings']): Path2D {
  const path = new Path2D()
  for (const ring of rings) {
    addLine(path, ring)
    path.closePath()
  }
  return path
}

/** A line of one place has its beginning alone, which a round end makes a disc. */
function addLine(path: CanvasPath, points: readonly number[]): void {
  path.moveTo(points[0], points[1])
  for (let i = points.length > 2 ? 2 : 0; i + 1 < points.length; i += 2) path.lineTo(points[i], points[i + 1])
}

/** Square pixels of the box around it: of objects in one another the inner one is meant. */
function extentOf(rings: DrawnObject['rings']): number {
  let [x1, y1, x2, y2] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -1, -1]
  for (const ring of rings) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      x1 = Math.min(x1, ring[i])
      x2 = Math.max(x2, ring[i])
      y1 = Math.min(y1, ring[i + 1])
      y2 = Math.max(y2, ring[i + 1])
    }
  }
  return (x2 - x1) * (y2 - y1)
}

function paint(pen: CanvasRenderingContext2D, drawn: readonly Drawn[], pixel: number): void {
  for (const { path, color, isChosen, isProposed, isDoubtful } of drawn) {
    if (isDoubtful) paintDoubt(pen, path, pixel)
    pen.lineWidth = (isChosen ? 3 : 1.5) * pixel
    pen.setLineDash(isProposed ? [6 * pixel, 4 * pixel] : [])
    pen.strokeStyle = color
    pen.fillStyle = color
    pen.globalAlpha = isProposed ? 0.12 : isChosen ? 0.45 : 0.28
    pen.fill(path, 'evenodd')
    pen.globalAlpha = 1
    pen.stroke(path)
  }
}

function paintDoubt(pen: CanvasRenderingContext2D, path: Path2D, pixel: number): void {
  pen.setLineDash([])
  pen.strokeStyle = 'gold'
  pen.lineWidth = 9 * pixel
  pen.globalAlpha = 0.8
  pen.stroke(path)
}

function paintPen(
  pen: CanvasRenderingContext2D,
  points: readonly number[],
  color: string,
  pixel: number,
): void {
  if (points.length < 2) return
  pen.beginPath()
  addLine(pen, points)
  pen.lineWidth = 2 * pixel
  pen.strokeStyle = color
  pen.stroke()
  pen.beginPath()
  pen.arc(points[0], points[1], 4 * pixel, 0, 2 * Math.PI)
  pen.fillStyle = color
  pen.fill()
}

/** A round brush; of one place its disc. */
function paintBrush(
  pen: CanvasRenderingContext2D,
  points: readonly number[],
  color: string,
  width: number,
): void {
  if (points.length < 2) return
  pen.beginPath()
  addLine(pen, points)
  pen.lineWidth = width
  pen.lineCap = 'round'
  pen.lineJoin = 'round'
  pen.globalAlpha = 0.5
  pen.strokeStyle = color
  pen.stroke()
  pen.globalAlpha = 1
}

/** A plus where it is inside, a minus where it is not. */
function paintMarks(pen: CanvasRenderingContext2D, marks: readonly Mark[], pixel: number): void {
  for (const { x, y, isInside } of marks) {
    pen.beginPath()
    pen.arc(x, y, 7 * pixel, 0, 2 * Math.PI)
    pen.fillStyle = isInside ? 'green' : 'firebrick'
    pen.fill()
    pen.beginPath()
    pen.moveTo(x - 4 * pixel, y)
    pen.lineTo(x + 4 * pixel, y)
    if (isInside) {
      pen.moveTo(x, y - 4 * pixel)
      pen.lineTo(x, y + 4 * pixel)
    }
    pen.lineWidth = 2 * pixel
    pen.strokeStyle = 'white'
    pen.stroke()
  }
}

/** Where paths are looked into, for no canvas of the page has to be asked. */
const scratch = new OffscreenCanvas(1, 1).getContext('2d') as OffscreenCanvasRenderingContext2D

function hit(drawn: readonly Drawn[], x: number, y: number): Drawn | undefined {
  const under = drawn.filter(({ path }) => scratch.isPointInPath(path, x, y, 'evenodd'))
  return under.toSorted((a, b) => a.extent - b.extent)[0]
}
