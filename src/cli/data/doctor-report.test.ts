import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { command, folderOf } from '../../../test/in-process.ts'
import { cocoOf, labelsOf } from '../../../test/tiny-labels.ts'

/** Those that docs/doctor.md marks "needs the images". */
const NEEDING = [
  ...['missing-images', 'unreadable-images', 'size-mismatch', 'unrotated-labels', 'unclear-rotation'],
  ...[
    'exif-rotation',
    'deep-images',
    'unequal-ranges',
    'duplicate-images',
    'leaked-images',
    'similar-images',
  ],
]

const picture = (step: number) => labelsOf((x, y) => (x * step + y * 2) % 251)

describe('data doctor without the images', () => {
  async function doctor(flags: readonly string[], ...names: readonly string[]) {
    const folder = folderOf({
      'a.json': cocoOf(['a.png']),
      'b.json': cocoOf(['b.png']),
      'images/a.png': picture(3),
    })
    const files = names.map((name) => path.join(folder, name))
    const { stdout } = await command('data', 'doctor', ...files, ...flags)
    return stdout.replaceAll(`${folder}${path.sep}`, '').trimEnd().split('\n')
  }

  it('says how many checks ran, and which need the images', async () => {
    const lines = await doctor(['--no-images', '--skip', 'rare-classes,unmatched-anchors'], 'a.json')
    expect(lines.at(-1)).toBe(
      'a.json: nothing found by 35 of 46 checks; 11 of 46 checks need the images, which were not looked at',
    )
    const at = lines.indexOf('Not run without the images (give their folder with --images):')
    expect(
      lines
        .slice(at + 1, -2)
        .join(' ')
        .trim()
        .split(/,\s+/),
    ).toEqual(NEEDING)
  })

  it('names the files whose images are missing, and says nothing where all are there', async () => {
    const mixed = await doctor(['--only', 'missing-images,unknown-images'], 'a.json', 'b.json')
    expect(mixed.slice(-4)).toEqual([
      'Not run for b.json without the images (give their folder with --images):',
      '          missing-images',
      '',
      'a.json, b.json: nothing found by 2 checks; 1 of 2 checks need the images of b.json, which were not looked at',
    ])
    expect(await doctor(['--only', 'missing-images,unknown-images'], 'a.json')).toEqual([
      expect.stringContaining('images in '),
      '',
      'a.json: nothing found by 2 checks',
    ])
  })

  it('tells programs', async () => {
    const told = JSON.parse((await doctor(['--no-images', '--json'], 'a.json')).join('\n'))
    expect(told.withoutImages).toEqual({ checks: NEEDING, files: ['a.json'] })
  })
})
