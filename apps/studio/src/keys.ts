/** What keys do, wherever the focus is but in a field that takes text. */
import type { BoardTools } from './board/board-tools.ts'
import { copyToNext, mergeChosen } from './project/rearranging.ts'
import type { Session } from './project/session.ts'

/** Returns what ends it. */
export function listenToKeys(session: Session, tools: BoardTools): () => void {
  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement
    if (target.closest('input, select, textarea')) return
    const isButton = target.closest('button') !== null
    if (isButton && (event.key === 'Enter' || event.key === ' ')) return
    if (act(event, session, tools)) event.preventDefault()
  }
  addEventListener('keydown', onKey)
  return () => removeEventListener('keydown', onKey)
}

/** Whether the key means something. */
function act(
  { key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent,
  session: Session,
  tools: BoardTools,
): boolean {
  const letter = key.toLowerCase()
  if (ctrlKey || metaKey) {
    if (letter === 'z' && !tools.takeBack()) shiftKey ? session.redo() : session.undo()
    else if (letter === 'y') session.redo()
    else if (letter === 'a') session.choose(session.objects.value.map(({ id }) => id))
    return 'zya'.includes(letter)
  }
  if (altKey) return false
  const digit = Number(key)
  if (digit >= 1 && digit <= 9) return chooseCategory(session, digit - 1)
  const actions: Record<string, () => void> = {
    v: () => tools.take('select'),
    o: () => tools.take('outline'),
    b: () => tools.take('brush'),
    e: () => tools.take('eraser'),
    r: () => tools.take('box'),
    s: () => tools.take('split'),
    h: () => tools.take('hole'),
    g: () => tools.take('refine'),
    m: () => mergeChosen(session),
    k: () => checkAndGoOn(session),
    c: () => copyToNext(session),
    '[': () => resize(session, 0.8),
    ']': () => resize(session, 1.25),
    f: () => tools.board.current?.seeWhole(),
    '+': () => tools.board.current?.zoom(1.25),
    '-': () => tools.board.current?.zoom(0.8),
    arrowleft: () => session.step(-1),
    arrowright: () => session.step(1),
    escape: () => {
      tools.giveUp()
      session.choose([])
      session.isChoosingMore.value = false
      session.chosenProposal.value = undefined
    },
    enter: () => {
      if (tools.refining.accept()) return
      const proposal = session.chosenProposal.value
      if (proposal) session.accept([proposal])
      else tools.close()
    },
    backspace: () => removeChosen(session, tools),
    delete: () => removeChosen(session, tools),
  }
  const action = actions[letter]
  action?.()
  return action !== undefined
}

/** From a photo that is complete to the next. */
export function checkAndGoOn(session: Session): void {
  const { id, checked } = session.image.value
  const next = session.stepped(1)
  session.setChecked(id, !checked)
  if (!checked && next) session.show(next.id)
}

function resize({ brushRadius }: Session, factor: number): void {
  brushRadius.value = Math.min(60, Math.max(2, Math.round(brushRadius.value * factor)))
}

function removeChosen(session: Session, tools: BoardTools): void {
  if (tools.takeBack()) return
  if (session.chosenIds.value.length > 0) session.remove(session.chosenIds.value)
}

/** Of what is chosen, or of the next outline. */
function chooseCategory(session: Session, index: number): boolean {
  const category = session.categories.value[index]
  if (!category) return false
  session.categoryId.value = category.id
  if (session.chosenIds.value.length > 0) session.recategorise(session.chosenIds.value, category.id)
  return true
}
