import { Presets, SingleBar } from 'cli-progress'
import { printable } from '../errors.ts'

/** A bar on stderr; nothing where stderr is not a terminal. */
export interface ProgressBar {
  step(done: number, note?: string): void
  end(): void
}

/** @param done how many were done before */
export function startProgress(total: number, unit: string, done = 0): ProgressBar {
  if (!process.stderr.isTTY || total < 2) return { step: () => {}, end: () => {} }
  const format = `{bar} {value}/{total} ${unit}  {eta_formatted} left  {note}`
  const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true }, Presets.shades_classic)
  bar.start(total, done, { note: '' })
  return { step: (done, note = '') => bar.update(done, { note: printable(note) }), end: () => bar.stop() }
}
