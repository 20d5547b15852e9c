/** Writes docs/models.md: every preset with its size, and what is published of it. */
import { writeFileSync } from 'node:fs'
import { modelsPage } from './models/page.ts'
import { argumentsOr } from './usage.ts'

argumentsOr('models.ts write', 1)
writeFileSync(new URL('../docs/models.md', import.meta.url), modelsPage())
