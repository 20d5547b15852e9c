import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('passes over files among the folders', () => {
  const goldens = join(import.meta.dirname, '..', 'fixtures', 'goldens')
  const args = [
    '--import',
    'tsx',
    'test/parity/run.ts',
    import.meta.filename,
    join(goldens, 'coco-mask-api-a'),
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(stdout).toContain(`${import.meta.filename}: passed over, for it is a file`)
  expect(stdout).toContain('1 cases: 1 ok, 0 failed, 0 unsupported')
  expect(status).toBe(0)
})
