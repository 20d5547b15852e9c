/** What clicks on the photo mean, by the tool that is chosen. */
import { signal } from '@preact/signals'
import type { Proposal } from '../project/coco-document.ts'
import { cutHole, splitChosen } from '../project/rearranging.ts'
import { openRefining } from '../project/refining.ts'
import type { Session, Tool } from '../project/session.ts'
import { boxBetween, movedPoint, ringsOf, within } from '../project/shapes.ts'
import { TEXTS } from '../texts.ts'
import type { Board, BoardEvents } from './board.ts'

/** An outline is closed by a click this near to its first point, in pixels of the screen. */
const NEAR = 8
const LEAST_POINTS = 3
const STEPS_OF_RADIUS = 4
/** Of a box, in pixels of the screen. */
const LEAST_SIDE = 3

export function openBoardTools(session: Session) {
  /** The outline that is being made, of an object or of a hole. */
  const pen = signal<readonly number[]>([])
  const pointer = signal<readonly [number, number]>([0, 0])
  /** Where brush, line or box have been since they were pressed. */
  const stroke = signal<readonly number[]>([])
  const board: { current?: Board } = {}
  const picture: { current?: ImageBitmap } = {}
  const refining = openRefining(session, () => picture.current)

  /** In pixels of the photo. */
  const brushRadius = () => session.brushRadius.value * (board.current?.pixel ?? 1)
  const isTool = (...tools: readonly Tool[]) => tools.includes(session.tool.value)
  const isPainting = () => isTool('brush', 'eraser')
  const isOutlining = () => isTool('outline', 'hole')

  const giveUp = () => {
    refining.giveUp()
    pen.value = []
    stroke.value = []
  }
  const close = () => {
    const points = pen.value
    if (points.length < 2 * LEAST_POINTS) return
    pen.value = []
    if (session.tool.value === 'hole') cutHole(session, points)
    else session.addShape([points])
  }
  const draw = (x: number, y: number) => {
    const { width, height } = session.image.value
    const [x0, y0] = pen.value
    const isNear = Math.hypot(x - x0, y - y0) <= NEAR * (board.current?.pixel ?? 1)
    if (pen.value.length >= 2 * LEAST_POINTS && isNear) return close()
    pen.value = [...pen.value, rounded(within(x, width)), rounded(within(y, height))]
  }
  const addBox = (x: number, y: number) => {
    const [endX, endY] = pointer.value
    const box = boxBetween(rounded(x), rounded(y), rounded(endX), rounded(endY), session.image.value)
    // A click without a drag is none.
    const least = LEAST_SIDE * (board.current?.pixel ?? 1)
    if (Math.min(box[2], box[3]) >= least) session.addShape([], box)
  }
  const events: BoardEvents = {
    onClick: (x, y, key, isMore) => {
      if (isOutlining()) return draw(x, y)
      if (refining.target.value) return refining.click(x, y)
      if (!isTool('select', 'refine')) return
      const isProposal = typeof key === 'object'
      session.chosenProposal.value = isProposal ? (key as Proposal) : undefined
      const isAdding = isMore || session.isChoosingMore.value
      if (typeof key === 'number') isAdding ? session.chooseAlso(key) : session.choose([key])
      else if (isProposal || !isAdding) session.choose([])
    },
    onDoubleClick: () => {
      if (!isOutlining()) return
      // Its second click has put a point on the one of the first.
      pen.value = withoutTwin(pen.value, NEAR * (board.current?.pixel ?? 1))
      close()
    },
    onMove: (x, y) => {
      pointer.value = [x, y]
      if (stroke.value.length === 0 || isTool('box')) return
      const [lastX, lastY] = stroke.value.slice(-2)
      // Nearer places change nothing that can be seen.
      const least = isPainting() ? brushRadius() / STEPS_OF_RADIUS : (board.current?.pixel ?? 1)
      if (Math.hypot(x - lastX, y - lastY) > least) {
        stroke.value = [...stroke.value, rounded(x), rounded(y)]
      }
    },
    onPress: (x, y) => {
      if (isPainting() || isTool('box', 'split')) stroke.value = [rounded(x), rounded(y)]
    },
    onRelease: () => {
      const points = stroke.value
      stroke.value = []
      if (points.length === 0) return
      if (isTool('box')) addBox(points[0], points[1])
      else if (isTool('split')) splitChosen(session, [...points, ...pointer.value])
      else session.paint({ points, radius: brushRadius() }, isTool('eraser') ? 'remove' : 'add')
    },
    onGiveUp: () => {
      stroke.value = []
    },
    onPoint: (ring, point, x, y) => {
      const { width, height } = session.image.value
      const object = session.chosen.value
      if (!object || 'counts' in object.segmentation) return
      if (object.segmentation.length === 0) {
        const corners = ringsOf([], object.bbox)[0]
        const [oppositeX, oppositeY] = corners.slice(2 * ((point + 2) % 4))
        const box = boxBetween(oppositeX, oppositeY, rounded(x), rounded(y), session.image.value)
        if (Math.min(box[2], box[3]) > 0) session.reshape(object.id, [], box)
        return
      }
      const moved = movedPoint(
        object.segmentation[ring],
        point,
        rounded(within(x, width)),
        rounded(within(y, height)),
      )
      session.reshape(object.id, object.segmentation.with(ring, moved))
    },
  }
  return {
    ...{ pen, pointer, stroke, board, picture, refining, events, close, brushRadius, isPainting, isTool },
    giveUp,
    /** What was begun with another tool is given up. */
    take: (tool: Tool) => {
      if (tool !== session.tool.value) giveUp()
      session.tool.value = tool
      if (tool === 'refine') session.notice.value = TEXTS.howToRefine
    },
    /** Takes the last point back; false where there is none. */
    takeBack: () => {
      if (refining.takeBack()) return true
      if (pen.value.length === 0) return false
      pen.value = pen.value.slice(0, -2)
      return true
    },
  }
}

export type BoardTools = ReturnType<typeof openBoardTools>

function withoutTwin(points: readonly number[], near: number): readonly number[] {
  const [x1, y1, x2, y2] = points.slice(-4)
  return points.length >= 4 && Math.hypot(x2 - x1, y2 - y1) < near ? points.slice(0, -2) : points
}

/** Tenths of a pixel are finer than a hand. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
