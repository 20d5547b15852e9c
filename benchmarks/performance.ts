/**
 * Measures what is promised of speed and memory, and writes docs/performance.md of it.
 *
 *     PYTHON=venv/bin/python NUCLEI=data/nuclei COCO=data/coco-large npx tsx benchmarks/performance.ts run [ROW...]
 *     npx tsx benchmarks/performance.ts write
 *
 * Rows are those of benchmarks/performance/rows.ts; `run` measures all of them where none is named, one after the other, keeps each
 * result as soon as it is there in benchmarks/results, goes on where one fails, and ends with 1 then.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeFileAtomic } from '../src/node/files.ts'
import { isReached, performanceFiles, written } from './performance/page.ts'
import { type Result, storeResult } from './performance/results.ts'
import { commandLine, ROWS, type Row } from './performance/rows.ts'
import { argumentsOr } from './usage.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

async function run(ids: readonly string[]): Promise<void> {
  const unknown = ids.filter((id) => !ROWS.some((row) => row.id === id))
  if (unknown.length > 0) {
    console.error(`no such row: ${unknown.join(', ')}; there are ${ROWS.map(({ id }) => id).join(', ')}`)
    process.exitCode = 2
    return
  }
  const failed: string[] = []
  for (const row of ROWS.filter(({ id }) => ids.length === 0 || ids.includes(id))) {
    console.log(`${row.id}: ${commandLine(row)}`)
    try {
      tell(row, await storeResult(row, await printedBy(row)))
    } catch (error) {
      failed.push(row.id)
      console.log(`${row.id}: failed: ${(error as Error).message}`)
    }
  }
  await write()
  if (failed.length === 0) return
  console.log(`failed: ${failed.join(', ')}`)
  process.exitCode = 1
}

function tell(row: Row, { figures }: Result): void {
  for (const target of row.targets) {
    const value = figures[target.figure]
    const verdict = isReached(value, target) ? 'reached' : 'NOT reached'
    console.log(`${row.id}: ${target.figure} ${written(value, target.kind)}, ${verdict}`)
  }
}

/** What the benchmark of a row prints on stdout; what it says to people goes to stderr and is shown. */
function printedBy({ command }: Row): Promise<string> {
  const [program, ...args] = [...command.map(expanded), '--json']
  const node = program === 'tsx' ? ['--import', 'tsx'] : ['bin/maskwright.js']
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...node, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(printed)
      else reject(new Error(`the benchmark ended with ${signal ?? code}`))
    })
  })
}

/** A word of a command with the variables of the environment in it. */
function expanded(word: string): string {
  return word.replace(/\$([A-Z_]+)/g, (_, name: string) => {
    const value = process.env[name]
    if (value === undefined) throw new Error(`the variable ${name} is not set`)
    return value
  })
}

async function write(): Promise<void> {
  for (const [path, text] of Object.entries(performanceFiles())) {
    await writeFileAtomic(join(ROOT, 'docs', path), text)
  }
}

const [task, ...rows] = argumentsOr(
  'performance.ts run [ROW...]   (or: write; docs/performance.md of benchmarks/results)',
  1,
)
if (task === 'run') await run(rows)
else await write()
