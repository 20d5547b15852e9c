import { printable } from '../errors.ts'

/** Results go to stdout; everything said to people while a document is printed goes to stderr. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}

/** A line, with empty ones before it where the text begins with line breaks; any others are shown as `\\n`. */
export function printLine(text: string): void {
  process.stdout.write(lineOf(text))
}

export function say(text: string): void {
  process.stderr.write(lineOf(text))
}

function lineOf(text: string): string {
  const start = text.search(/[^\n]|$/)
  return `${text.slice(0, start)}${printable(text.slice(start))}\n`
}

/** As a shell takes it for one word. */
export function shellWord(path: string): string {
  return /^[\w./:@%+=-]+$/.test(path) ? path : `"${path}"`
}
