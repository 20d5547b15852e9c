import { once } from 'node:events'
import { printable } from '../errors.ts'

let isMuted = false

/** From here on nothing is printed: another process speaks for this one. Errors are told all the same. */
export function mute(): void {
  isMuted = true
}

/** Results go to stdout; everything said to people while a document is printed goes to stderr. */
export function printJson(document: unknown): void {
  write(process.stdout, `${JSON.stringify(document, null, 2)}\n`)
}

/** Part of a document; waits until whoever reads it has taken enough. */
export async function printPart(text: string): Promise<void> {
  if (!isMuted && !process.stdout.write(text)) await once(process.stdout, 'drain')
}

/** A line, with empty ones before it where the text begins with line breaks; any others are shown as `\\n`. */
export function printLine(text: string): void {
  write(process.stdout, lineOf(text))
}

export function say(text: string): void {
  write(process.stderr, lineOf(text))
}

function write(stream: NodeJS.WriteStream, text: string): void {
  if (!isMuted) stream.write(text)
}

function lineOf(text: string): string {
  const start = text.search(/[^\n]|$/)
  return `${text.slice(0, start)}${printable(text.slice(start))}\n`
}

/** As a shell takes it for one word. */
export function shellWord(path: string): string {
  return /^[\w./:@%+=-]+$/.test(path) ? path : `"${path}"`
}
