import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundledModels, demoImagesFolder } from '../../src/node/package-files.ts'
import { runCommand } from './command-line.ts'
import { expectOverlay, predictionDocument } from './prediction-document.ts'

const hasModel = bundledModels().includes('nuclei')
const why = hasModel ? '' : ' (skipped: models/nuclei.safetensors is not there)'

describe.skipIf(!hasModel)(`the demo${why}`, { timeout: 300_000 }, () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'maskwright-demo-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const images = readdirSync(demoImagesFolder()).sort()

  it('segments every bundled micrograph', async () => {
    const { status, stdout, stderr } = await runCommand(['demo', '--json', '--out', 'overlays'], {
      cwd: folder,
    })
    expect([status, stderr]).toEqual([0, `${images.length} overlays are in overlays\n`])
    const document = predictionDocument(stdout, 0.5)
    expect(document.model).toBe('nuclei')
    expect(document.images.map(({ file }) => path.basename(file))).toEqual(images)
    for (const { file, width, height, instances } of document.images) {
      expect(new Set(instances.map(({ category }) => category)), file).toEqual(new Set(['nucleus']))
      await expectOverlay(path.join(folder, 'overlays', `${path.parse(file).name}.png`), { width, height })
    }
  })

  it('says what it found in a line for every image', async () => {
    const { status, stdout } = await runCommand(['demo', '--out', 'again'], { cwd: folder })
    expect(status).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.pop()).toMatch(
      /demo-images: 6 images, \d+ nucleus, [\d.]+ ± [\d.]+ an image, mean area \d+ px$/,
    )
    expect(lines.map((line) => /^(\S+): \d+ nucleus, mean area \d+ px, \d+ ms$/.exec(line)?.[1])).toEqual(
      images,
    )
  })

  it('knows the model by its name in other commands', async () => {
    const image = path.join(demoImagesFolder(), images[0])
    const args = ['predict', image, '--model', 'nuclei', '--json', '--no-overlay', '--score', '0.7']
    const { status, stdout, stderr } = await runCommand(args, { cwd: folder })
    expect([status, stderr]).toEqual([0, ''])
    expect(predictionDocument(stdout, 0.7)).toMatchObject({ model: 'nuclei', images: [{ file: image }] })
  })
})
