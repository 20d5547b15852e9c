import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decodeSafetensors } from '../../src/weights/safetensors.ts'
import { type Finished, runCommand } from './command-line.ts'
import { THIN_TRAINING, writeSyntheticImages } from './synthetic-data.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-disk-full-'))
const disk = path.join(folder, 'disk')
const checkpoints = path.join(disk, 'run', 'checkpoints')

/** Kilobytes that hold one checkpoint of the thin run, of 3.2 megabytes, and not two. */
const ROOM = 5000
/** Kilobytes of a file limit that no checkpoint keeps. */
const FILE_LIMIT = 1000

let isMounted = false
let whyNotMounted = ''

beforeAll(async () => {
  mkdirSync(disk)
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${ROOM}k`, 'maskwright-test', disk])
  isMounted = mount.status === 0
  whyNotMounted = `${mount.error?.message ?? mount.stderr}`.trim()
  writeFileSync(
    path.join(folder, 'train.json'),
    JSON.stringify(await writeSyntheticImages(path.join(folder, 'images'), 4, 5)),
  )
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(THIN_TRAINING))
})
afterAll(() => {
  if (isMounted) spawnSync('umount', [disk])
  rmSync(folder, { recursive: true, force: true })
})

const TRAIN = ['train', 'config.json', '--out', 'disk/run']

/** A small disk where one can be mounted; else a limit on the size of files, set after the first checkpoint. */
it('a full disk ends a run with one line and leaves the checkpoint before it whole', async ({ skip }) => {
  if (isMounted) {
    expectRefusal(await runCommand(TRAIN, { cwd: folder }), 'no space is left on the device')
  } else {
    if (spawnSync('bash', ['-c', `ulimit -f ${FILE_LIMIT}`]).status !== 0) {
      skip(`no disk can be filled here: ${whyNotMounted}; and bash cannot limit the size of files`)
    }
    const first = await runCommand([...TRAIN, '--max-steps', '2'], { cwd: folder })
    expect(first.status, first.stderr).toBe(0)
    const limited = await runCommand([...TRAIN, '--resume'], { cwd: folder, fileLimit: FILE_LIMIT })
    expectRefusal(limited, 'the file would be larger than allowed')
  }
  const { tensors, metadata } = decodeSafetensors(readFileSync(path.join(checkpoints, 'last.safetensors')))
  expect(JSON.parse(metadata['maskwright-training']).step).toBe(2)
  expect(tensors.size).toBeGreaterThan(100)
  expect(readdirSync(checkpoints).filter((name) => name.endsWith('.tmp'))).toEqual([])
}, 300_000)

/** Step 4 is taken and told of; then its checkpoint finds no room. */
function expectRefusal({ status, stdout, stderr }: Finished, reason: string): void {
  const lines = stderr.trimEnd().split('\n')
  expect(lines.at(-1)).toBe(
    `maskwright: disk/run/checkpoints/last.safetensors: cannot write the file: ${reason}`,
  )
  expect(lines.at(-2)).toMatch(/^step 4\/40 /)
  expect(lines.slice(0, -1).filter((line) => !/^(step|training:|resuming) /.test(line))).toEqual([])
  expect([status, stdout]).toEqual([1, ''])
}
