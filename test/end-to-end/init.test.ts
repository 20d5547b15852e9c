import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { loadConfigFile } from '../../src/node/config-file.ts'
import { resolveConfig } from '../../src/train/config.ts'
import { writeSyntheticImages } from './synthetic-data.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-init-'))
const at = (...parts: string[]) => path.join(folder, ...parts)

beforeAll(async () => {
  const coco = await writeSyntheticImages(at('photos'), 6, 5)
  writeFileSync(at('train.json'), JSON.stringify(coco))
  const boxes = coco.annotations.map(({ segmentation: _, ...rest }) => rest)
  mkdirSync(at('boxed'))
  writeFileSync(at('boxed', 'boxes.json'), JSON.stringify({ ...coco, annotations: boxes }))
  await writeSyntheticImages(at('lonely', 'photos'), 2, 6)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a command line in this process; what it says is kept. */
async function maskwright(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text)
      return true
    }),
  )
  try {
    return { code: await main(argv), ...said }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

const configOf = async (file: string) =>
  resolveConfig(await loadConfigFile(file), {
    where: file,
    absolute: (place) => path.resolve(path.dirname(file), place),
    isModelName: (name) => name === 'nuclei',
  })

describe('maskwright init', () => {
  it('writes a configuration that fits the photos and trains', async () => {
    const file = at('my-config.ts')
    const { code, stdout, stderr } = await maskwright('init', at('photos'), '--out', file)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /is for 6 images with \d+ objects \(2 categories\)[\s\S]*there are no images to validate/,
    )
    const config = await configOf(file)
    // Shorter sides 64, 56, 56, 64, 64 and 56: one of the two in the middle.
    expect(config.model.transform.resize).toMatchObject({ kind: 'shortest-side', minSize: 320 })
    expect(config.data).toMatchObject({
      train: { images: at('photos'), annotations: at('train.json') },
      val: null,
    })
    // Every line that sets something has its reason beside or above it.
    expect(readFileSync(file, 'utf8').match(/ \/\/ /g)!.length).toBeGreaterThan(15)

    const short = ['--max-steps', '2', '--set', 'batchSize=1', '--set', 'workers=0', '--set', 'logEvery=1']
    const small = ['--set', 'augment.crop.height=96', '--set', 'augment.crop.width=96', '--threads', '1']
    const trained = await maskwright('train', file, '--out', at('run'), ...short, ...small)
    expect(trained.stderr).toMatch(/\d+ of \d+ tensors start from the initial weights/)
    expect(trained.code, trained.stderr).toBe(0)
    expect(existsSync(at('run', 'checkpoints', 'best.safetensors'))).toBe(true)
  })

  it('takes no file for labels that lies above the data, and none that cannot be read', async () => {
    const coco = await writeSyntheticImages(at('outer', 'inner', 'photos'), 2, 7)
    writeFileSync(at('outer', 'inner', 'train.json'), JSON.stringify(coco))
    writeFileSync(at('outer', 'val.json'), '{}')
    const above = await maskwright('init', at('outer', 'inner', 'photos'), '--out', at('above.ts'))
    expect([above.code, above.stderr]).toEqual([0, ''])
    writeFileSync(at('outer', 'inner', 'val.json'), '{}')
    const beside = await maskwright('init', at('outer', 'inner', 'photos'), '--out', at('beside.ts'))
    expect([beside.code, beside.stdout]).toEqual([
      0,
      expect.stringContaining('there are no images to validate'),
    ])
    expect((await configOf(at('beside.ts'))).data.val).toBeNull()
  })

  it('does not replace a file', async () => {
    const { code, stderr } = await maskwright('init', at('photos'), '--out', at('my-config.ts'))
    expect([code, stderr]).toEqual([
      1,
      `maskwright: ${at('my-config.ts')}: the file exists and is not replaced. Name another with --out, or remove it\n`,
    ])
  })

  it('takes boxes for what they are, and the images to validate', async () => {
    const file = at('boxed', 'boxes.ts')
    const labels = ['--annotations', at('boxed', 'boxes.json'), '--val', at('train.json')]
    const { code, stdout } = await maskwright('init', at('photos'), ...labels, '--out', file, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ file, facts: { images: 6, objects: { hasMasks: false } } })
    const config = await configOf(file)
    expect(config.model.name).toBe('faster-rcnn')
    expect(config.data.val).toEqual({ images: at('photos'), annotations: at('train.json') })
  })

  it('says what to do about photos without labels, and without photos', async () => {
    const lonely = await maskwright('init', at('lonely', 'photos'), '--out', at('lonely', 'a.ts'))
    expect(lonely.code).toBe(0)
    expect(lonely.stdout).toMatch(/2 images with no labels[\s\S]*label the images/)
    await configOf(at('lonely', 'a.ts'))
    const none = await maskwright('init', '--out', at('lonely', 'b.ts'))
    expect(none.stdout).toContain('no photos were named')
    await configOf(at('lonely', 'b.ts'))
  })

  it.each([
    [['--out', at('x.json')], 2, /--out must end in \.ts or \.mts/],
    [['--annotations', 'a.json'], 2, /need the folder of the photos/],
    [[at('nowhere'), '--out', at('y.ts')], 1, /nowhere: .*not exist/],
  ])('refuses %j', async (argv, code, message) => {
    const told = await maskwright('init', ...argv)
    expect(told.code).toBe(code)
    expect(told.stderr).toMatch(message)
    expect(told.stderr.trimEnd().split('\n')).toHaveLength(1)
  })
})
