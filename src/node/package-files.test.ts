import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { nuclei } from '../nuclei.ts'
import { loadModelBytes } from './package-files.ts'

it('loads a model by its name, its path and its URL', async () => {
  const named = await loadModelBytes('nuclei')
  const path = 'models/nuclei.safetensors'
  for (const place of [path, String(nuclei), String(pathToFileURL(path))]) {
    expect(Buffer.compare(await loadModelBytes(place), named), place).toBe(0)
  }
})
