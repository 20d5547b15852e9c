/** docs/models.md is made of the presets and the published weights; those are what they say. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { modelsPage } from '../benchmarks/models/page.ts'
import { BODY_SCHEMA } from '../src/models/bodies/bodies.ts'
import { PRESETS } from '../src/models/presets.ts'
import { BATCH_NORM } from '../src/nn/norm.ts'
import { PUBLISHED } from '../src/weights/published/published-table.ts'

it('holds every preset, with what is published of it', () => {
  const written = readFileSync(new URL('../docs/models.md', import.meta.url), 'utf8')
  expect(written, 'npx tsx benchmarks/models.ts write').toBe(modelsPage())
}, 60_000)

it.each(PUBLISHED)('$name is of something that can be built', ({ kind, architecture }) => {
  if (kind === 'model') expect(Object.keys(PRESETS)).toContain(architecture)
  else expect(BODY_SCHEMA.safeParse({ name: architecture, norm: BATCH_NORM }).success).toBe(true)
})
