import { Presets, SingleBar } from 'cli-progress'
import { printable } from '../errors.ts'

/** A bar on stderr; nothing where stderr is not a terminal. */
export interface ProgressBar {
  step(done: number, note?: string): void
  end(): void
}

export function startProgress(total: number, unit: string): ProgressBar {
  if (!process.stderr.isTTY || total < 2) return { step: () => {}, end: () => {} }
  const format = `{bar} {value}/{total} ${unit}  {eta_formatted} left  {note}`
  const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true }, Presets.shades_classic)
  bar.start(total, 0, { note: '' })
  return { step: (done, note = '') => bar.update(done, { note: printable(note) }), end: () => bar.stop() }
}
