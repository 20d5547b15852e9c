// Reads Vitest's JSON report and prints what was skipped, what failed and, last, `N passed, N failed`.
// A file that did not even load counts as one failed test, and so does each step that failed before the tests, and
// a test run that ended badly without a failed test: all would otherwise be missing from the count.
// Usage: node .ci/summary.js REPORT EXIT_CODE_OF_THE_TESTS [FAILED_STEP...]
import { readFileSync } from 'node:fs'
import path from 'node:path'

const [reportFile, testsExitCode, ...failedSteps] = process.argv.slice(2)
let report
try {
  report = JSON.parse(readFileSync(reportFile, 'utf8'))
} catch {
  report = { testResults: [] }
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
if (testsExitCode !== '0' && failed.length + unloaded.length === 0) {
  failedSteps.push(`npm test ended with ${testsExitCode} outside of any test`)
}

console.log('')
for (const { file, fullName } of skipped) console.log(`skipped: ${path.relative('.', file)}: ${fullName}`)
for (const { file, fullName } of failed) console.log(`failed: ${path.relative('.', file)}: ${fullName}`)
for (const { name } of unloaded) console.log(`failed to load: ${path.relative('.', name)}`)
for (const name of failedSteps) console.log(`failed: ${name}`)
const failures = failed.length + unloaded.length + failedSteps.length
console.log(`${skipped.length} skipped`)
console.log(`${withStatus('passed').length} passed, ${failures} failed`)
process.exitCode = failures > 0 ? 1 : 0
