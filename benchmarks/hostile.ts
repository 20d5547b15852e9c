/**
 * Hostile requests against a real `serve`, of a thin model, with fixed seeds: each kind says which statuses are right. After each
 * hundred a good request has to get exactly its answer. Prints a table and every wrong outcome; ends with 1 where there is one.
 *
 *     npx tsx benchmarks/hostile.ts COUNT [SLOW] [--only NUMBER]
 *
 * SLOW are so many slow requests at once, at the end. Figures: docs/deployment.md.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodePng } from '../src/node/decode-image.ts'
import { thinModelFile } from '../test/thin-model.ts'
import { attack, isRight, type Outcome, tryAttack } from './hostile/attacks.ts'
import { slowAttacks } from './hostile/slow.ts'
import { argumentsOr } from './usage.ts'

/** Requests under way at once, and seconds for receiving one. */
const [AT_ONCE, SECONDS] = [8, 5]
/** Wrong outcomes that are told. */
const TOLD = 40

const [count, slow = '0'] = argumentsOr('hostile.ts COUNT [SLOW] [--only NUMBER]', 1)
const only = process.argv.includes('--only') ? Number(process.argv.at(-1)) : undefined
const folder = mkdtempSync(join(tmpdir(), 'maskwright-hostile-'))
const file = join(folder, 'thin.safetensors')
writeFileSync(file, thinModelFile())
const bin = new URL('../bin/maskwright.js', import.meta.url).pathname
const flags = ['--model', file, '--port', '0', '--threads', '1', '--timeout', `${SECONDS}`]
const server = spawn(process.execPath, [bin, 'serve', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] })
let isEnded = false
server.on('exit', (code, signal) => {
  isEnded = true
  console.log(`the server ended: ${code ?? signal}`)
})
const failures: string[] = []
const url = await new Promise<string>((resolve) => {
  let text = ''
  server.stderr.on('data', (chunk) => {
    text += chunk
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      const [, found] = /^serving .* on (http:\S+)$/.exec(line) ?? []
      if (found) resolve(found)
      if (line.includes('"level":50')) failures.push(line)
    }
  })
})

const pixels = Uint8Array.from({ length: 72 * 64 * 3 }, (_, i) => (i * 7) % 251)
const picture = Uint8Array.from(await encodePng({ data: pixels, width: 72, height: 64 }))
async function goodAnswer(): Promise<string> {
  const answer = await fetch(`${url}/predict?score=0.02`, { method: 'POST', body: picture })
  return (await answer.text()).replace(/"milliseconds":[\d.]+,/, '')
}
async function residentMegabytes(): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Math.round(Number(/^maskwright_resident_bytes (\d+)/m.exec(text)?.[1]) / 1e6)
}

process.on('exit', () => {
  server.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
})
const started = performance.now()
const wanted = await goodAnswer()
const before = await residentMegabytes()
const outcomes: Outcome[] = []
let [most, changed] = [before, 0]
const numbers = only === undefined ? Array.from({ length: Number(count) }, (_, i) => i) : [only]
for (let first = 0; first < numbers.length && !isEnded; first += 100) {
  const hundred = numbers.slice(first, first + 100)
  const turns = Array.from({ length: AT_ONCE }, async () => {
    for (let number = hundred.shift(); number !== undefined; number = hundred.shift()) {
      outcomes.push(await tryAttack(url, attack(number)))
    }
  })
  await Promise.all(turns)
  if ((await goodAnswer()) !== wanted) changed++
  most = Math.max(most, await residentMegabytes())
}
const rows = grouped(outcomes, ({ attack: { kind } }) => kind)
console.log('| kind | requests | right | statuses |\n|---|---|---|---|')
for (const [kind, all] of rows) {
  const statuses = [...new Set(all.map((outcome) => outcome.statuses.join('+')))].sort().join(', ')
  console.log(`| ${kind} | ${all.length} | ${all.filter(isRight).length} | ${statuses} |`)
}
const slowStarted = performance.now()
const slowOutcomes = Promise.all(slowAttacks(Number(slow), 4 * SECONDS).map((made) => tryAttack(url, made)))
const lives: number[] = []
let isSlow = Number(slow) > 0
slowOutcomes.then(() => {
  isSlow = false
})
while (isSlow) {
  const asked = performance.now()
  await (await fetch(`${url}/v2/health/live`)).text()
  lives.push(performance.now() - asked)
  await new Promise((resolve) => setTimeout(resolve, 200))
}
const slowOnes = await slowOutcomes
const slowSeconds = ((performance.now() - slowStarted) / 1000).toFixed(1)
if (slowOnes.length > 0) {
  const kinds = grouped(slowOnes, ({ statuses }) => statuses.join('+'))
  const told = [...kinds].map(([status, all]) => `${status}: ${all.length}`).join(', ')
  console.log(
    `${slowOnes.length} slow requests at once: ended after ${slowSeconds} s (${told}); meanwhile /v2/health/live took at most ${Math.max(...lives).toFixed(0)} ms`,
  )
}
if ((await goodAnswer()) !== wanted) changed++
const wrong = [...outcomes, ...slowOnes].filter((outcome) => !isRight(outcome))
for (const { attack: made, statuses } of wrong.slice(0, TOLD)) {
  console.log(`${made.kind}: ${statuses.join('+')}, expected ${made.expected.join(' or ')}`)
}
const after = await residentMegabytes()
const seconds = ((performance.now() - started) / 1000).toFixed(0)
console.log(
  `${outcomes.length + slowOnes.length} requests in ${seconds} s: ${wrong.length} wrong, ${failures.length} failures in the log, ${changed} good answers changed; ${before} MB before, ${most} at most, ${after} after`,
)
for (const line of new Set(failures.map((failure) => JSON.parse(failure).err?.stack?.slice(0, 600))))
  console.log(line)
server.kill('SIGTERM')
if (wrong.length + failures.length + changed > 0) process.exitCode = 1

function grouped<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value])
  return groups
}
