/** Results of rows as they are kept: one JSON file each. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeFileAtomic } from '../../src/node/files.ts'
import { commandLine, type Measured, type Row } from './rows.ts'

export interface Result extends Measured {
  readonly row: string
  readonly command: string
  readonly machine: string
  /** Year, month and day. */
  readonly date: string
}

const fileOf = (id: string) => fileURLToPath(new URL(`../results/${id}.json`, import.meta.url))

export function storedResult(id: string): Result | undefined {
  const file = fileOf(id)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** Keeps the document that a benchmark printed; throws where a figure that the row's targets are about is not in it. */
export async function storeResult(row: Row, printed: string): Promise<Result> {
  const document = JSON.parse(printed)
  const { figures, peers, samples, stages }: Measured = row.read?.(document) ?? document
  for (const { figure } of row.targets) {
    if (!Number.isFinite(figures?.[figure])) throw new Error(`the benchmark printed no figure "${figure}"`)
  }
  const result: Result = {
    row: row.id,
    command: commandLine(row),
    machine: machine(),
    date: new Date().toISOString().slice(0, 10),
    ...(peers && { peers }),
    figures: rounded(figures),
    ...(samples && { samples: mapped(samples, (values) => values.map(toFourDigits)) }),
    ...(stages && {
      stages: stages.map(({ stage, seconds }) => ({ stage, seconds: toFourDigits(seconds) })),
    }),
  }
  await mkdir(dirname(fileOf(row.id)), { recursive: true })
  await writeFileAtomic(fileOf(row.id), `${JSON.stringify(result, null, 2)}\n`)
  return result
}

function mapped<T, R>(record: Readonly<Record<string, T>>, of: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value)]))
}

const toFourDigits = (value: number) => Number(value.toPrecision(4))
const rounded = (figures: Readonly<Record<string, number>>) => mapped(figures, toFourDigits)

/** Instructions for matrix products, by their names in /proc/cpuinfo. */
const INSTRUCTIONS = { avx2: 'AVX2', avx512f: 'AVX-512', avx512_vnni: 'VNNI', amx_tile: 'AMX' }

function machine(): string {
  const info = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : ''
  const flags = new Set(/^flags\s*:(.*)$/m.exec(info)?.[1].split(' '))
  const has = Object.entries(INSTRUCTIONS).flatMap(([flag, name]) => (flags.has(flag) ? [name] : []))
  const { version } = JSON.parse(
    readFileSync(new URL('../../node_modules/onnxruntime-node/package.json', import.meta.url), 'utf8'),
  )
  const model = cpus()[0]
    .model.replace(/\((R|TM)\)/g, '')
    .replace(/ +/g, ' ')
  const processor = `${availableParallelism()} cores of ${model.trim()}${has.length ? ` (${has.join(', ')})` : ''}`
  return `${processor}, Node ${process.versions.node}, onnxruntime-node ${version}`
}
