/** COCO's metrics on large problems that a script beside the case writes. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evaluateCoco } from '../../src/evaluation/coco-metric.ts'
import { parseCoco } from '../../src/formats/coco/coco.ts'
import { parseCocoResults } from '../../src/formats/coco/coco-results.ts'
import type { Golden } from '../goldens.ts'
import { evaluationComparisons, type RecordedArray } from './coco-eval.ts'
import { type Comparison, type ParityCheck, UnsupportedCase } from './comparison.ts'

interface RecordedSize {
  readonly n_images: number
  readonly gts_per_image: number
  readonly dets_per_image: number
  readonly stats: readonly number[]
  readonly precision: RecordedArray
}

/**
 * Needs `python3` with numpy, which the script asks for. The recorded hashes of the files it writes are left aside: numpy adds
 * in another order from version to version, which turns the last digit of an area now and then.
 */
export const cocoLarge: ParityCheck = async (golden) => {
  const sizes = Object.values(golden.case.expected as Readonly<Record<string, RecordedSize>>)
  const comparisons = sizes.flatMap((size) => {
    const folder = mkdtempSync(join(tmpdir(), 'maskwright-parity-'))
    try {
      return ofSize(golden, size, folder).map(({ name, ...rest }) => ({
        name: `${size.n_images} images: ${name}`,
        ...rest,
      }))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
  return { comparisons }
}

function ofSize(golden: Golden, size: RecordedSize, folder: string): Comparison[] {
  generate(join(golden.folder, golden.case.files.make), size, folder)
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown
  const groundTruth = parseCoco(json('gt.json'), 'gt.json', { onDegenerate: 'keep' })
  const results = parseCocoResults(json('dt.json'), 'dt.json', groundTruth)
  const evaluation = evaluateCoco({ groundTruth, results, iouType: golden.case.iouType })
  return evaluationComparisons(golden, size, evaluation)
}

function generate(script: string, size: RecordedSize, folder: string): void {
  const { n_images, gts_per_image, dets_per_image } = size
  const counts = [n_images, gts_per_image, dets_per_image].map(String)
  try {
    execFileSync('python3', [script, folder, ...counts], { stdio: 'pipe' })
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n').slice(-1)
    throw new UnsupportedCase(`problems that python3 with numpy writes, and it does not (${reason})`)
  }
}
