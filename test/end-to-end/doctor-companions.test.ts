import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeImage } from '../../src/node/decode-image.ts'
import { commandIn } from '../in-process.ts'
import { ROOT } from './command-line.ts'
import { writeCleanSplit } from './doctor-data.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const run = (...args: string[]) => commandIn(folder, ['data', ...args])

beforeAll(async () => {
  const labels = await writeCleanSplit(path.join(folder, 'images'), 'a', 6, 300)
  writeFileSync(path.join(folder, 'a.json'), JSON.stringify(labels))
})

describe('maskwright data stats', { timeout: 300_000 }, () => {
  it('counts as tables, and as one document', async () => {
    const { status, stdout, stderr } = await run('stats', 'a.json')
    expect([status, stderr]).toEqual([0, ''])
    const lines = stdout.split('\n').map((line) => line.trim().replace(/ +/g, ' '))
    expect(lines).toContain('images 6 0 without annotations (0.0 %)')
    expect(lines).toContain('objects 24 and 0 crowds (0.0 %)')
    // 16 x 12 pixels: the square root of 192.
    expect(lines).toContain('object side, √area 13.9 13.9 13.9 13.9')
    expect(lines).toContain('box width / height 1.33 1.33 1.33 1.33')
    expect(lines).toContain(`96 x 72 6 100.0 % ${'#'.repeat(40)}`)
    expect(lines).toContain('1 cell 12 50.0 % 6 0 100.0 % 0.0 % 0.0 % 13.9')

    const json = JSON.parse((await run('stats', 'a.json', '--json')).stdout)
    expect(json.splits).toMatchObject([
      { name: 'a.json', images: 6, objects: 24, sizes: { small: 24, medium: 0, large: 0 } },
    ])
  })

  it('ends in silence where nobody reads what it says any more', () => {
    const line = `set -o pipefail; "${process.execPath}" "${path.join(ROOT, 'bin/maskwright.js')}" data stats a.json | :`
    const { status, stderr } = spawnSync('bash', ['-c', line], { cwd: folder, encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })

  it('takes data in other formats', async () => {
    expect((await run('convert', 'a.json', 'labelme', '--to', 'labelme', '--copy-images')).status).toBe(0)
    const { status, stdout } = await run('stats', 'labelme', '--json')
    expect(status).toBe(0)
    expect(JSON.parse(stdout).splits).toMatchObject([{ images: 6, objects: 24 }])
  })
})

describe('maskwright data preview', { timeout: 300_000 }, () => {
  it('draws a sheet as PNG or JPEG, the same for a seed', async () => {
    const said = await run('preview', 'a.json', '--count', '4', '--out', 'sheet.png')
    expect(said).toEqual({ status: 0, stdout: 'sheet.png: 4 of 6 images of a.json\n', stderr: '' })
    // 96 x 72 three times as large; two columns and rows of cells of 320, gaps of 6, texts of 20.
    const sheet = await decodeImage(path.join(folder, 'sheet.png'))
    expect([sheet.width, sheet.height]).toEqual([2 * 326 + 6, 2 * (3 * 72 + 26) + 6])
    await run('preview', 'a.json', '--count', '4', '--out', 'again.png')
    expect(readFileSync(path.join(folder, 'again.png'))).toEqual(readFileSync(path.join(folder, 'sheet.png')))

    const jpeg = await run(
      'preview',
      'a.json',
      '--count',
      '1',
      '--category',
      'cell',
      '--out',
      'one.jpg',
      '--json',
    )
    expect(JSON.parse(jpeg.stdout)).toMatchObject({
      out: 'one.jpg',
      images: [expect.stringMatching(/^a-\d\.png$/)],
    })
    expect([...readFileSync(path.join(folder, 'one.jpg')).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff])
  })

  it('says in one line what is wrong', async () => {
    for (const [args, line] of [
      [
        ['a.json', '--category', 'cel'],
        'maskwright: --category: there is no such category; expected one of cell, dead cell, got cel\n',
      ],
      [['lost.json'], 'maskwright: lost.json: source does not exist\n'],
      [
        ['a.json', '--images', 'lost', '--count', '1', '--out', 'b.png'],
        /lost\/a-\d\.png: cannot read the file: it does not exist\n$/,
      ],
    ] as const) {
      expect((await run('preview', ...args)).stderr).toEqual(
        typeof line === 'string' ? line : expect.stringMatching(line),
      )
    }
    const usage = await run('preview', 'a.json', '--out', 'sheet.gif')
    expect([usage.status, usage.stderr]).toEqual([
      2,
      expect.stringContaining('Expected a file ending in .png, .jpg or .jpeg.'),
    ])
  })
})
