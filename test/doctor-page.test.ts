import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import type { Check } from '../src/doctor/check.ts'
import { CHECK_GROUPS } from '../src/doctor/checks.ts'

const PAGE = path.resolve(import.meta.dirname, '../docs/doctor.md')
const TITLE = '## The checks'

/** The list of checks as the page has it. */
function section(): string {
  const groups = Object.entries(CHECK_GROUPS).map(
    ([group, checks]) => `### ${group}\n\n${checks.map(entry).join('\n\n')}`,
  )
  return `${TITLE}\n\n${groups.join('\n\n')}\n`
}

function entry({ name, title, severity, why, advice, needsImages, thresholds, repair }: Check): string {
  const limits = Object.entries(thresholds ?? {}).map(([limit, value]) => `\`${limit}\` ${value}`)
  return [
    `**\`${name}\`** (${severity}${needsImages ? ', needs the images' : ''}): ${title}. ${why} *${advice}*`,
    ...(limits.length > 0 ? [`Thresholds: ${limits.join(', ')}.`] : []),
    ...(repair ? [`With \`--fix\`: ${repair.does}`] : []),
  ].join('\n')
}

it('docs/doctor.md lists the checks as they are (vitest run test/doctor-page.test.ts -u writes the list anew)', async () => {
  const page = readFileSync(PAGE, 'utf8')
  const start = page.indexOf(TITLE)
  expect(start).toBeGreaterThan(0)
  await expect(page.slice(0, start) + section()).toMatchFileSnapshot(PAGE)
})
