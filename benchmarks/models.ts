/**
 * Writes docs/models.md: every preset with its size and its speed here, and what is published of it.
 *
 *     npx tsx benchmarks/models.ts write
 *     npx tsx benchmarks/models.ts measure [PRESET...]
 *
 * `measure` measures the speed of these presets, or of those that have none yet, for the next `write`.
 */
import { writeFileSync } from 'node:fs'
import { PRESETS } from '../src/models/presets.ts'
import { keptLatencies, measureLatencies } from './models/latency.ts'
import { modelsPage } from './models/page.ts'
import { argumentsOr } from './usage.ts'

const [what, ...presets] = argumentsOr('models.ts write|measure [PRESET...]', 1)
if (what === 'measure') {
  const kept = keptLatencies()
  const missing = Object.keys(PRESETS).filter((name) => !(name in kept))
  await measureLatencies(presets.length > 0 ? presets : missing)
} else {
  writeFileSync(new URL('../docs/models.md', import.meta.url), modelsPage())
}
