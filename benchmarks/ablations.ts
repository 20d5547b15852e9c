/**
 * What the papers' parts are worth: small models that differ in one thing each, trained from random numbers with a small
 * budget, three seeds each; models of two stages on nuclei, CenterMask on close-ups of them.
 *
 *     npx tsx benchmarks/ablations.ts run data/nuclei [--only NAME] [--seeds 0,1,2] [--threads 1]
 *     npx tsx benchmarks/ablations.ts table
 *
 * `run` makes the runs that ablations/runs.json lacks and adds each as it comes: it can be stopped and called again. `table`
 * writes the table of docs/benchmarks.md. How the data is made: docs/data/nuclei.md. What is compared: ablations/variants.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { drawCloseUps, loadNuclei, type Run, runVariant, settingsOf } from './ablations/runs.ts'
import { withTable } from './ablations/table.ts'
import { VARIANTS } from './ablations/variants.ts'
import { writeOnPage } from './records/page-section.ts'
import { openRuns } from './records/runs-file.ts'
import { argumentsOr } from './usage.ts'

const RUNS = openRuns<Run>(fileURLToPath(new URL('ablations/runs.json', import.meta.url)))

async function makeRuns(folder: string, only: string | undefined, seeds: readonly number[], threads: number) {
  const drawn = mkdtempSync(join(tmpdir(), 'ablations-'))
  try {
    const nuclei = await loadNuclei(folder)
    const data = { nuclei, closeUps: await drawCloseUps(nuclei, drawn) }
    for (const variant of only ? [only] : Object.keys(VARIANTS)) {
      const settings = settingsOf(variant)
      const missing = seeds.filter((seed) => !RUNS.has({ variant, seed, settings }))
      if (missing.length === 0) continue
      for await (const run of runVariant(variant, missing, data[VARIANTS[variant].data], threads)) {
        await RUNS.add(run)
        console.log(`${variant}, seed ${run.seed}: mask AP ${run.mask.AP}, box AP ${run.box.AP}`)
      }
    }
  } finally {
    rmSync(drawn, { recursive: true, force: true })
  }
}

const [task, folder] = argumentsOr(
  'ablations.ts run DATA [--only NAME] [--seeds 0,1,2] [--threads 1]   (or: table)',
  1,
)
const { values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: '0,1,2' },
    threads: { type: 'string', default: '1' },
  },
})
if (task === 'table') await writeOnPage((page) => withTable(page, RUNS.read()))
else await makeRuns(folder, values.only, values.seeds.split(',').map(Number), Number(values.threads))
