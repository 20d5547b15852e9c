import type { RunFiles } from './run-files.ts'

export const METRICS_FILE = 'metrics.jsonl'

/** One line of the file: the step and numbers by name. */
export interface MetricsLine {
  readonly step: number
  readonly [name: string]: number | string | null
}

export interface MetricsLog {
  write(line: MetricsLine): Promise<void>
}

/**
 * Opens the metrics of a run that continues after `step` (0: a new run). Lines of later steps, and a last line that
 * was cut short, are dropped: the steps they tell of will be taken again.
 */
export async function openMetrics(files: RunFiles, step: number): Promise<MetricsLog> {
  const kept = step === 0 ? [] : linesUntil(await files.read(METRICS_FILE), step)
  await files.write(METRICS_FILE, kept.map((line) => `${line}\n`).join(''))
  return { write: (line) => files.append(METRICS_FILE, `${JSON.stringify(line)}\n`) }
}

function linesUntil(content: Uint8Array | undefined, step: number): string[] {
  if (!content) return []
  return new TextDecoder()
    .decode(content)
    .split('\n')
    .filter((line) => {
      const told = stepOf(line)
      return told !== undefined && told <= step
    })
}

function stepOf(line: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(line)
    const { step } = parsed as { step?: unknown }
    return typeof step === 'number' ? step : undefined
  } catch {
    return undefined
  }
}
