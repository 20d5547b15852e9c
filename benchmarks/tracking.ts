/**
 * IDF1 of the tracker on synthetic scenes whose identities are known, from easy to hard, over SEEDS seeds each; as a table.
 *
 *     npx tsx benchmarks/tracking.ts SEEDS
 *
 * What the scenes are: test/synthetic-tracks.ts. Figures: docs/video.md.
 */
import { clearMetrics, identityMetrics } from '../src/evaluation/track-metrics.ts'
import { SCENARIOS, trackedScene } from '../test/synthetic-tracks.ts'
import { argumentsOr } from './usage.ts'

const [seeds] = argumentsOr('tracking.ts SEEDS', 1)
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length

console.log('| scene | IDF1, mean | least | most | MOTA | changes of a number |\n|---|---|---|---|---|---|')
for (const scenario of SCENARIOS) {
  const runs = Array.from({ length: Number(seeds) }, (_, seed) => trackedScene(scenario, seed))
  const idf1 = runs.map((frames) => identityMetrics(frames).idf1)
  const clear = runs.map((frames) => clearMetrics(frames))
  const figures = [mean(idf1), Math.min(...idf1), Math.max(...idf1), mean(clear.map(({ mota }) => mota))]
  const cells = figures.map((figure) => figure.toFixed(3))
  const changes = mean(clear.map(({ idSwitches }) => idSwitches)).toFixed(1)
  console.log(`| ${[scenario.name, ...cells, changes].join(' | ')} |`)
}
