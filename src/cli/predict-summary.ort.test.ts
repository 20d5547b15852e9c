import { describe, expect, it } from 'vitest'
import { command, folderOf } from '../../test/in-process.ts'
import { thinModelFile } from '../../test/thin-model.ts'
import { tiffFile } from '../../test/tiff-file.ts'

const [width, height] = [48, 40]
const page = { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => (i * 7919) % 251) }

describe('the summary of predict', { timeout: 60_000 }, () => {
  it('counts pages as pages, and the images they are of', async () => {
    const folder = folderOf({
      'thin.safetensors': thinModelFile(),
      'stacks/a.tif': tiffFile(page, page, page),
      'stacks/b.tif': tiffFile(page),
    })
    const flags = [
      '--model',
      `${folder}/thin.safetensors`,
      '--score',
      '0.01',
      '--no-overlay',
      '--page',
      'all',
    ]
    const told = await command('predict', `${folder}/stacks`, ...flags)
    expect(told.code, told.stderr).toBe(0)
    const summary = told.stdout.split('\n').filter((line) => line.startsWith(folder))
    expect(summary.length).toBeGreaterThan(0)
    // The same picture four times: no spread.
    for (const line of summary)
      expect(line).toMatch(/stacks: 4 pages of 2 images, \d+ \w+, [\d.]+ ± 0\.0 a page/)

    const document = JSON.parse((await command('predict', `${folder}/stacks`, ...flags, '--json')).stdout)
    expect(document.summary).toMatchObject([{ images: 2, pages: 4, failed: 0 }])
    const first = JSON.parse(
      (await command('predict', `${folder}/stacks`, ...flags.slice(0, -2), '--json')).stdout,
    )
    expect(first.summary).toMatchObject([{ images: 2, failed: 0 }])
    expect(first.summary[0]).not.toHaveProperty('pages')
  })
})
