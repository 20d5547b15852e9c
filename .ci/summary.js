// Reads Vitest's JSON report and prints what was skipped, what failed and, last, `N passed, N failed`.
// A file that did not even load counts as one failed test: its tests would otherwise vanish from the count.
import { readFileSync } from 'node:fs'
import path from 'node:path'

const [reportFile] = process.argv.slice(2)
let report
try {
  report = JSON.parse(readFileSync(reportFile, 'utf8'))
} catch {
  console.log('\nthe tests left no report\n0 passed, 1 failed')
  process.exit(1)
}

const tests = report.testResults.flatMap((file) =>
  file.assertionResults.map((test) => ({ ...test, file: file.name })),
)
const unloaded = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
)
const withStatus = (...states) => tests.filter((test) => states.includes(test.status))
const failed = withStatus('failed')
const skipped = withStatus('skipped', 'pending', 'todo', 'disabled')

console.log('')
for (const { file, fullName } of skipped) console.log(`skipped: ${path.relative('.', file)}: ${fullName}`)
for (const { file, fullName } of failed) console.log(`failed: ${path.relative('.', file)}: ${fullName}`)
for (const { name } of unloaded) console.log(`failed to load: ${path.relative('.', name)}`)
const failures = failed.length + unloaded.length
console.log(`${skipped.length} skipped`)
console.log(`${withStatus('passed').length} passed, ${failures} failed`)
process.exitCode = failures > 0 || !report.success ? 1 : 0
