/**
 * Our side of benchmarks/coco.ts, without a loader of TypeScript: runs the built command in this process, and prints its figures
 * and the peak of memory as one line of JSON on stdout.
 *
 *     node evaluate.js ANNOTATIONS RESULTS
 */
import process from 'node:process'
import { main } from '../../dist/cli/main.js'

const [annotations, results] = process.argv.slice(2)
const printed = []
const write = process.stdout.write
process.stdout.write = (text) => printed.push(String(text)) > 0
process.exitCode = await main([
  'evaluate',
  ...['--results', results, '--annotations', annotations, '--iou', 'segm', '--json'],
])
process.stdout.write = write
const { segm } = JSON.parse(printed.join(''))
const peakBytes = process.resourceUsage().maxRSS * 1024
console.log(JSON.stringify({ figures: Object.values(segm), peakBytes }))
