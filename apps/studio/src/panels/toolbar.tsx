import type { BoardTools } from '../board/board-tools.ts'
import { checkAndGoOn } from '../keys.ts'
import { copyToNext, mergeChosen, nextOfSize } from '../project/rearranging.ts'
import type { Session, Tool } from '../project/session.ts'
import { TEXTS } from '../texts.ts'
import { Slider } from './slider.tsx'

interface Props {
  readonly session: Session
  readonly tools: BoardTools
}

export function Toolbar({ session, tools }: Props) {
  const { past, future } = session.history.value
  const toolButton = (tool: Tool, text: string) => (
    <button type="button" aria-pressed={session.tool.value === tool} onClick={() => tools.take(tool)}>
      {text}
    </button>
  )
  const button = (text: string, onClick: () => void, disabled = false) => (
    <button type="button" disabled={disabled} onClick={onClick}>
      {text}
    </button>
  )
  return (
    <div class="toolbar" role="toolbar" aria-label={TEXTS.tools}>
      {toolButton('select', TEXTS.select)}
      {toolButton('outline', TEXTS.outline)}
      {toolButton('box', TEXTS.box)}
      {toolButton('brush', TEXTS.brush)}
      {toolButton('eraser', TEXTS.eraser)}
      {tools.isPainting() && <Slider text={TEXTS.size} value={session.brushRadius} min={2} max={60} />}
      {toolButton('refine', TEXTS.refine)}
      {tools.refining.suggested.value && (
        <>
          {button(TEXTS.take, tools.refining.accept)}
          {button(TEXTS.giveUp, tools.giveUp)}
        </>
      )}
      {toolButton('hole', TEXTS.hole)}
      {toolButton('split', TEXTS.split)}
      {button(TEXTS.merge, () => mergeChosen(session), session.chosenIds.value.length < 2)}
      <button
        type="button"
        aria-pressed={session.isChoosingMore.value}
        onClick={() => {
          session.isChoosingMore.value = !session.isChoosingMore.value
          tools.take('select')
        }}
      >
        {TEXTS.several}
      </button>
      {button(
        TEXTS.copyToNext,
        () => copyToNext(session),
        session.objects.value.length === 0 || !nextOfSize(session),
      )}
      {button(TEXTS.undo, session.undo, past.length === 0)}
      {button(TEXTS.redo, session.redo, future.length === 0)}
      {button(TEXTS.fit, () => tools.board.current?.seeWhole())}
      {button(TEXTS.nearer, () => tools.board.current?.zoom(1.25))}
      {button(TEXTS.farther, () => tools.board.current?.zoom(0.8))}
      <button
        type="button"
        aria-pressed={session.image.value.checked === true}
        onClick={() => checkAndGoOn(session)}
      >
        {TEXTS.checked}
      </button>
      {button(TEXTS.previous, () => session.step(-1), !session.stepped(-1))}
      {button(TEXTS.next, () => session.step(1), !session.stepped(1))}
    </div>
  )
}
