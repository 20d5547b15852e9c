/** What the studio knows of a run that it started, in the run's folder: there again when the studio is. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../../node/files.ts'
import type { Reached } from '../../train/training-state.ts'
import { BEST_CHECKPOINT, LAST_CHECKPOINT } from '../../weights/checkpoint-files.ts'

const RECORD_FILE = 'studio.json'

export interface RunRecord {
  /** Of the photos: the whole path. */
  readonly photos: string
  /** Allowed from `began` on, in milliseconds since 1970. */
  readonly minutes: number
  readonly began: number
  /** That trains, until it has ended. */
  readonly process?: number
  /** Why it failed. */
  readonly problem?: string
  /** What `train --json` printed. */
  readonly result?: TrainDocument
}

export interface TrainDocument {
  readonly step: number
  readonly steps: number
  readonly reached: Reached | null
}

export interface StudioRun {
  readonly folder: string
  readonly record: RunRecord
}

/** Those of a folder of photos, by their numbers: NAME, NAME-2, NAME-3 … in the folder of runs. */
export async function studioRuns(runs: string, name: string, photos: string): Promise<StudioRun[]> {
  const entries = await readdir(runs).catch((): string[] => [])
  const numbered = entries.flatMap((entry) => {
    const number = numberOf(entry, name)
    return number === undefined ? [] : [{ folder: join(runs, entry), number }]
  })
  const found: StudioRun[] = []
  for (const { folder } of numbered.sort((a, b) => a.number - b.number)) {
    const record = await readRecord(folder)
    if (record?.photos === photos) found.push({ folder, record })
  }
  return found
}

/** The first of these names that is free; that of the newest run where it came to nothing. */
export function nextFolder(runs: string, name: string, newest: StudioRun | undefined): string {
  if (newest && !hasCheckpoint(newest.folder)) return newest.folder
  for (let number = 1; ; number++) {
    const folder = join(runs, number === 1 ? name : `${name}-${number}`)
    if (!existsSync(folder)) return folder
  }
}

export async function writeRecord({ folder, record }: StudioRun): Promise<void> {
  await writeFileAtomic(join(folder, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`)
}

export function hasCheckpoint(folder: string): boolean {
  return existsSync(join(folder, LAST_CHECKPOINT))
}

export function hasModel(folder: string): boolean {
  return existsSync(join(folder, BEST_CHECKPOINT))
}

function numberOf(entry: string, name: string): number | undefined {
  if (entry === name) return 1
  const rest = entry.startsWith(`${name}-`) ? entry.slice(name.length + 1) : ''
  return /^[1-9]\d*$/.test(rest) ? Number(rest) : undefined
}

/** Undefined where the studio started no run there. */
async function readRecord(folder: string): Promise<RunRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(join(folder, RECORD_FILE), 'utf8'))
    return typeof record?.photos === 'string' ? record : undefined
  } catch {
    return undefined
  }
}
