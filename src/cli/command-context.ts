/** What a command gets besides its flags. */
export interface CommandContext {
  /** Aborted by a signal to a command that keeps what it has done: it ends at the next clean point. */
  readonly signal: AbortSignal
  /** Has the process end with 1 though nothing was thrown, for a command that has said itself what it found wrong. */
  readonly fail: () => void
}
