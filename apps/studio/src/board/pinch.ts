/** Two fingers on the photo: they zoom it and move it, whatever the tool. */

export interface PinchEvents {
  /** The second finger came down: what the first one began was not meant. */
  readonly onBegin: () => void
  /** The middle between the fingers, in pixels of the element, where it was before, and how much farther apart they are. */
  readonly onMove: (x: number, y: number, fromX: number, fromY: number, factor: number) => void
  /** The last finger was lifted. */
  readonly onEnd: () => void
}

/** Returns what ends it. */
export function listenToPinch(element: HTMLElement, events: PinchEvents): () => void {
  const fingers = new Map<number, readonly [x: number, y: number]>()
  let isPinching = false

  const middle = () => {
    const [[x1, y1], [x2, y2]] = [...fingers.values()]
    return { x: (x1 + x2) / 2, y: (y1 + y2) / 2, apart: Math.max(1, Math.hypot(x2 - x1, y2 - y1)) }
  }
  const placeOf = ({ clientX, clientY }: PointerEvent) => {
    const { left, top } = element.getBoundingClientRect()
    return [clientX - left, clientY - top] as const
  }
  const onDown = (event: PointerEvent) => {
    if (event.pointerType !== 'touch') return
    fingers.set(event.pointerId, placeOf(event))
    if (fingers.size !== 2) return
    isPinching = true
    events.onBegin()
  }
  const onMove = (event: PointerEvent) => {
    if (!fingers.has(event.pointerId)) return
    const before = fingers.size === 2 ? middle() : undefined
    fingers.set(event.pointerId, placeOf(event))
    if (!before || !isPinching) return
    const now = middle()
    events.onMove(now.x, now.y, before.x, before.y, now.apart / before.apart)
  }
  const onUp = (event: PointerEvent) => {
    if (!fingers.delete(event.pointerId) || fingers.size > 0 || !isPinching) return
    isPinching = false
    // After what the browser makes of the same finger, a tap for instance.
    setTimeout(events.onEnd)
  }
  const control = new AbortController()
  const options = { capture: true, signal: control.signal }
  element.addEventListener('pointerdown', onDown, options)
  window.addEventListener('pointermove', onMove, options)
  window.addEventListener('pointerup', onUp, options)
  window.addEventListener('pointercancel', onUp, options)
  return () => control.abort()
}
