/** What was, what is, and what was undone. */
export interface History<State> {
  readonly past: readonly State[]
  readonly now: State
  readonly future: readonly State[]
}

export function begun<State>(now: State): History<State> {
  return { past: [], now, future: [] }
}

/** What was undone cannot be redone any more. */
export function changed<State>({ past, now }: History<State>, next: State): History<State> {
  return { past: [...past, now], now: next, future: [] }
}

/** The same where there is nothing to undo. */
export function undone<State>(history: History<State>): History<State> {
  const { past, now, future } = history
  if (past.length === 0) return history
  return { past: past.slice(0, -1), now: past[past.length - 1], future: [now, ...future] }
}

/** The same where there is nothing to redo. */
export function redone<State>(history: History<State>): History<State> {
  const { past, now, future } = history
  if (future.length === 0) return history
  return { past: [...past, now], now: future[0], future: future.slice(1) }
}
