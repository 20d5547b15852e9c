/** A part of docs/benchmarks.md that a benchmark writes, between two comments. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { writeFileAtomic } from '../../src/node/files.ts'

const PAGE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))

/** The page with the section of `NAME.ts` anew. Throws where it has no place for one. */
export function withSection(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: written by benchmarks/${name}.ts table -->`, `<!-- /${name} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`the page has no ${begin} ... ${end}`)
  return `${page.slice(0, from + begin.length)}\n${text}${page.slice(to)}`
}

export async function writeOnPage(change: (page: string) => string): Promise<void> {
  await writeFileAtomic(PAGE, change(readFileSync(PAGE, 'utf8')))
}
