import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { finished, startCommand } from './command-line.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-signals-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Outlines that go to and fro: looking for crossings of one of them takes the doctor minutes, in one piece. */
beforeAll(() => {
  const outline = Array.from({ length: 200_000 }, (_, i) => [
    i % 2 ? 900 + (i % 89) : i % 97,
    (i * 7919) % 997,
  ])
  const annotation = { image_id: 1, category_id: 1, iscrowd: 0, segmentation: [outline.flat()], area: 1 }
  writeFileSync(
    path.join(folder, 'crossing.json'),
    JSON.stringify({
      images: [{ id: 1, file_name: 'a.png', width: 1000, height: 1000 }],
      categories: [{ id: 1, name: 'cell' }],
      annotations: [1, 2, 3, 4].map((id) => ({ ...annotation, id, bbox: [0, 0, 1000, 1000] })),
    }),
  )
  mkdirSync(path.join(folder, 'out'))
  writeFileSync(path.join(folder, 'out', 'fixed.json'), 'from an earlier run')
})

describe.skipIf(process.platform === 'win32')('signals', () => {
  it('end the doctor in the midst of computing', async () => {
    const args = ['data', 'doctor', 'crossing.json', '--no-images', '--fix', 'out/fixed.json']
    const child = startCommand(args, { cwd: folder })
    const end = finished(child)
    const timer = setTimeout(() => child.kill('SIGTERM'), 4000)
    const { status, stdout } = await end
    clearTimeout(timer)
    expect([status, stdout]).toEqual(['SIGTERM', ''])
    expect(readdirSync(path.join(folder, 'out'))).toEqual(['fixed.json'])
    expect(readFileSync(path.join(folder, 'out', 'fixed.json'), 'utf8')).toBe('from an earlier run')
  })
})
