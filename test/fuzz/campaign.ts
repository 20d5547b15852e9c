/**
 * The whole campaign of hostile inputs: `npm run campaign [-- COUNT [SUBJECT]]`. Seeds are fixed, so that every outcome can be
 * had again. Prints a table, and every bad outcome with its seed; ends with 1 where there is one, or where the process needed
 * more than 2 GB.
 */
import { Worker } from 'node:worker_threads'
import { exported } from './campaign-exported.ts'
import { images } from './campaign-images.ts'
import { labels } from './campaign-labels.ts'
import { models } from './campaign-models.ts'
import { names } from './campaign-names.ts'
import { LONGEST, type Outcomes, trySubject } from './campaign-subject.ts'
import { weights } from './campaign-weights.ts'

const COUNT = 10_000
/** Bad outcomes of a subject that are told in full. */
const TOLD = 10
const MOST_MEMORY = 2e9

const [count = COUNT, only] = [Number(process.argv[2] ?? COUNT), process.argv[3]]
const all = [models, exported, weights, images, labels, names]
const subjects = all.filter(({ name }) => !only || name.includes(only))
if (subjects.length === 0) {
  console.error(`no such subject: ${only}; expected part of one of ${all.map(({ name }) => name).join('; ')}`)
  process.exit(2)
}
const watch = startWatch()
const rows: (Outcomes & { memory: number })[] = []
for (const [index, subject] of subjects.entries()) {
  const outcomes = await trySubject(subject, count, (seed) => watch.begin(index, seed))
  rows.push({ ...outcomes, memory: process.resourceUsage().maxRSS * 1024 })
  for (const { seed, what } of outcomes.bad.slice(0, TOLD))
    console.log(`${subject.name}, seed ${seed}: ${what}`)
}
await watch.end()
console.log('\n| subject | inputs | accepted | refused | bad | slowest | seed of it | peak memory so far |')
console.log('|---|---|---|---|---|---|---|---|')
for (const { name, inputs, accepted, refused, bad, slowest, memory } of rows) {
  const figures = [inputs, accepted, refused, bad.length, `${slowest.seconds.toFixed(1)} s`, slowest.seed]
  console.log(`| ${[name, ...figures, `${Math.round(memory / 1e6)} MB`].join(' | ')} |`)
}
if (rows.some(({ bad, memory }) => bad.length > 0 || memory > MOST_MEMORY)) process.exitCode = 1

/** Ends the process, with a word, where an input keeps it busy for long: a timer of its own thread would not come. */
function startWatch() {
  const shared = new Int32Array(new SharedArrayBuffer(12))
  const worker = new Worker(
    `const { workerData: { shared, names, seconds } } = require('node:worker_threads')
    let [seen, since] = [-1, 0]
    setInterval(() => {
      const turn = Atomics.load(shared, 2)
      if (turn !== seen) [seen, since] = [turn, Date.now()]
      else if (Date.now() - since > seconds * 1000) {
        require('node:fs').writeSync(2, names[shared[0]] + ', seed ' + shared[1] + ': took more than ' + seconds + ' s\\n')
        process.kill(process.pid, 'SIGKILL')
      }
    }, 500)`,
    { eval: true, workerData: { shared, names: subjects.map(({ name }) => name), seconds: 4 * LONGEST } },
  )
  return {
    begin: (subject: number, seed: number) => {
      shared[0] = subject
      shared[1] = seed
      Atomics.add(shared, 2, 1)
    },
    end: () => worker.terminate(),
  }
}
