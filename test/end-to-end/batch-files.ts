import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Content of all files that a batch has written, but for the metrics, which have times. */
export function batchFiles(out: string): Record<string, string> {
  const names = readdirSync(out, { recursive: true, encoding: 'utf8' })
  return Object.fromEntries(
    names
      .filter((name) => /\.jsonl?$/.test(name))
      .toSorted()
      .map((name) => [name, readFileSync(path.join(out, name), 'utf8')]),
  )
}

/** All lines of the shards, in their order. */
export function batchLines(out: string): string[] {
  return Object.entries(batchFiles(out)).flatMap(([name, text]) =>
    name.startsWith('shards') ? text.trimEnd().split('\n') : [],
  )
}
