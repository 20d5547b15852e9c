/**
 * What a real `serve` gives by workers and by clients that ask at once: requests a second, how long half and all but one of a hundred
 * waited, and the memory of a worker. A thread for each worker. Needs `npm run build`. Linux alone.
 *
 *     npx tsx benchmarks/serve-capacity.ts IMAGES [COUNT] [WORKERS,WORKERS] [--json]
 *
 * Clients are as many as workers, and twice as many. Figures: docs/deployment.md.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { quantile } from '../src/cli/bench/quantile.ts'
import { askAll } from './serve/ask-all.ts'
import { startServe } from './serve/running-server.ts'
import { argumentsOr } from './usage.ts'

const given = argumentsOr('serve-capacity.ts IMAGES [COUNT] [WORKERS,WORKERS] [--json]', 1)
const [folder, count = '40', workers = '1,2'] = given.filter((argument) => argument !== '--json')
const images = readdirSync(folder)
  .filter((name) => /\.(png|jpe?g|tiff?)$/i.test(name))
  .sort()
  .slice(0, Number(count))
  .map((name) => readFileSync(join(folder, name)))

const rows = []
for (const atOnce of workers.split(',').map(Number)) {
  const flags = ['--workers', `${atOnce}`, '--threads', '1', '--timeout', '120']
  const server = await startServe(['--model', 'nuclei', '--device', 'cpu', ...flags])
  try {
    await askAll(server.url, images.slice(0, 2 * atOnce), atOnce)
    for (const clients of [atOnce, 2 * atOnce]) {
      const { seconds, times } = await askAll(server.url, images, clients)
      const memory = server.memory()
      rows.push({
        ...{ workers: atOnce, clients, requestsPerSecond: images.length / seconds },
        ...{ p50: quantile(times, 0.5), p99: quantile(times, 0.99) },
        serverMegabytes: memory.server / 1e6,
        workerMegabytes: quantile(memory.workers, 0.5) / 1e6,
      })
    }
  } finally {
    await server.end()
  }
}
if (given.includes('--json')) console.log(JSON.stringify(rows))
else {
  console.log(
    '| workers | clients | requests/s | p50 | p99 | server | a worker |\n|---|---|---|---|---|---|---|',
  )
  for (const row of rows) {
    const { requestsPerSecond, p50, p99, serverMegabytes, workerMegabytes } = row
    const told = [requestsPerSecond.toFixed(2), `${p50.toFixed(2)} s`, `${p99.toFixed(2)} s`]
    const memory = [serverMegabytes, workerMegabytes].map((megabytes) => `${megabytes.toFixed(0)} MB`)
    console.log(`| ${[row.workers, row.clients, ...told, ...memory].join(' | ')} |`)
  }
}
