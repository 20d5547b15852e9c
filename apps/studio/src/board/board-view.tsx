import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { CompressedRle } from '../../../../src/geometry/rle.ts'
import type { Shape, StudioImage } from '../project/coco-document.ts'
import type { Place } from '../project/place.ts'
import type { Session } from '../project/session.ts'
import { ringsOf } from '../project/shapes.ts'
import { TEXTS } from '../texts.ts'
import { type DrawnObject, openBoard } from './board.ts'
import type { BoardTools } from './board-tools.ts'
import { cssColor } from './colors.ts'

interface Props {
  readonly session: Session
  readonly tools: BoardTools
  /** Objects to be marked. */
  readonly doubtful: ReadonlySignal<ReadonlySet<number>>
}

export function BoardView({ session, tools, doubtful }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const shownId = useSignal<number>()
  const problem = useSignal<string>()
  useEffect(() => {
    const board = openBoard(place.current as HTMLDivElement, tools.events)
    tools.board.current = board
    return () => board.close()
  }, [])
  useSignalEffect(() => {
    const image = session.image.value
    tools.giveUp()
    problem.value = undefined
    const control = new AbortController()
    void showPicture(session.place, tools, image, control.signal).then((told) => {
      if (control.signal.aborted) return
      problem.value = told
      shownId.value = image.id
    })
    return () => control.abort()
  })
  useSignalEffect(() => {
    const objects = drawnObjects(session, tools, doubtful.value)
    if (shownId.value === session.imageId.value) tools.board.current?.draw(objects)
  })
  useSignalEffect(() => {
    const chosen = session.chosen.value
    const isEdited = session.tool.value === 'select' && chosen && !('counts' in chosen.segmentation)
    const rings = isEdited ? ringsOf(chosen.segmentation, chosen.bbox) : []
    if (shownId.value === session.imageId.value) tools.board.current?.points(rings)
  })
  useSignalEffect(() => {
    const isDrawn = tools.isPainting() || tools.isTool('box', 'split')
    const points = isDrawn ? tools.stroke.value : tools.pen.value
    const end = points.length > 0 || tools.isPainting() ? tools.pointer.value : []
    const width = tools.isPainting() ? 2 * tools.brushRadius() : 0
    const category = session.chosen.value?.category_id ?? session.categoryId.value
    tools.board.current?.pen(
      tools.isTool('box') ? aroundBox(points, end) : [...points, ...end],
      colorOf(session, category),
      width,
    )
  })
  useSignalEffect(() => tools.board.current?.setPanning(tools.isTool('select', 'refine')))
  useSignalEffect(() => tools.board.current?.mark(tools.refining.clicks.value))
  return (
    <div class="board-frame">
      <div
        class={`board ${session.tool.value}`}
        ref={place}
        role="img"
        aria-label={TEXTS.board(session.image.value.file_name)}
        data-shown={shownId}
      />
      {problem.value !== undefined && <p class="wrong">{problem}</p>}
      <p class="notice" role="status">
        {session.notice}
      </p>
    </div>
  )
}

/** The way around a box from one corner to the opposite one and back. */
function aroundBox([x1, y1]: readonly number[], [x2, y2]: readonly number[]): number[] {
  return x2 === undefined ? [] : [x1, y1, x2, y1, x2, y2, x1, y2, x1, y1]
}

/** What was wrong, in words. */
async function showPicture(
  place: Place,
  { board, picture: shown }: BoardTools,
  { id, width, height }: StudioImage,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const picture = await createImageBitmap(await place.picture(id, signal))
    if (!signal.aborted) {
      shown.current = picture
      board.current?.show(picture, width, height)
    }
    return undefined
  } catch (error) {
    if (!signal.aborted) {
      shown.current = undefined
      board.current?.show(undefined, width, height)
    }
    return (error as Error).message
  }
}

/** Rings are worked out once for each shape: the same objects are drawn again at each change. */
const ringsByShape = new WeakMap<object, readonly (readonly number[])[]>()

function drawnObjects(
  session: Session,
  { refining }: BoardTools,
  doubtful: ReadonlySet<number>,
): DrawnObject[] {
  const { value: refined } = refining.target
  const { value: suggested } = refining.suggested
  const chosenIds = session.chosenIds.value
  const proposals = session.proposals.value.map((proposal): DrawnObject => {
    const { value: categories } = session.categories
    const known = categories.findIndex(({ name }) => name === proposal.category)
    return {
      key: proposal,
      rings: keptRings(refined === proposal && suggested ? suggested : proposal),
      // A new category will be the last.
      color: cssColor(known < 0 ? categories.length : known),
      isChosen: proposal === session.chosenProposal.value,
      isProposed: true,
      isDoubtful: false,
    }
  })
  const objects = session.objects.value.map((object) => ({
    key: object.id,
    rings: keptRings(refined === object && suggested ? suggested : object),
    color: colorOf(session, object.category_id),
    isChosen: chosenIds.includes(object.id),
    isProposed: refined === object && suggested !== undefined,
    isDoubtful: doubtful.has(object.id),
  }))
  return [...proposals, ...objects]
}

type Outlined = { readonly segmentation?: Shape; readonly bbox?: readonly number[] } | CompressedRle

function keptRings(object: Outlined) {
  const rings =
    ringsByShape.get(object) ??
    ('counts' in object ? ringsOf(object, undefined) : ringsOf(object.segmentation, object.bbox))
  ringsByShape.set(object, rings)
  return rings
}

function colorOf({ categories }: Session, categoryId: number | undefined): string {
  return cssColor(categories.value.findIndex(({ id }) => id === categoryId))
}
