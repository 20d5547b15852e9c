import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfigFile } from '../src/node/config-file.ts'
import { resolveConfig } from '../src/train/config.ts'
import { architectureOf } from '../src/train/config-model.ts'
import { RECIPE_NAMES } from '../src/train/recipes.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'maskwright-configs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('configurations that come with the project', () => {
  it.each(readdirSync(join(root, 'configs')))('%s is one', async (name) => {
    const config = resolveConfig(await loadConfigFile(join(root, 'configs', name)), { where: name })
    expect(config.goal).not.toBe('')
    expect(config.data.val).not.toBe(null)
    expect(architectureOf(config.model, 1, 7).numClasses).toBe(2)
  })
})

describe('the guide to training', () => {
  const guide = readFileSync(join(root, 'docs', 'training.md'), 'utf8')

  it('has an example that is a configuration', async () => {
    const [, example] = /```ts\n([\s\S]*?)```/.exec(guide)!
    const file = join(folder, 'example.ts')
    writeFileSync(file, example)
    const config = resolveConfig(await loadConfigFile(file), { where: 'docs/training.md' })
    expect(config).toMatchObject({ batchSize: 4, steps: 500, optimizer: { name: 'adamw' } })
  })

  it('has a recipe that is a configuration, of the rate and steps it promises', async () => {
    const section = guide.slice(guide.indexOf("### The papers' recipe"))
    const [, example] = /```ts\n([\s\S]*?)```/.exec(section)!
    const file = join(folder, 'recipe.ts')
    writeFileSync(file, example)
    const config = resolveConfig(await loadConfigFile(file), { where: 'docs/training.md' })
    expect(config).toMatchObject({
      steps: 720_000,
      optimizer: { learningRate: 0.0025 },
      schedule: { milestones: [480_000, 640_000] },
      freeze: { stages: 2 },
    })
  })

  it('names every recipe', () => {
    expect(RECIPE_NAMES.filter((name) => !guide.includes(`\`${name}\``))).toEqual([])
  })

  it('names every setting', () => {
    const smallest = {
      model: { name: 'mask-rcnn' },
      data: { train: { images: 'i', annotations: 'a' } },
      steps: 1,
    }
    const settings = Object.keys(resolveConfig(smallest, { where: 'test' }))
    const table = guide.slice(guide.indexOf('### Settings'), guide.indexOf('## The run folder'))
    expect(settings.filter((name) => !table.includes(`\`${name}`))).toEqual([])
  })
})
