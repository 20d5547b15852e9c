import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFileAtomic } from './files.ts'
import { temporaryName } from './temporary-files.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-temporary-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('a name as long as the file system has them can be written', async () => {
  const name = `${'ä'.repeat(125)}.json`
  await writeFileAtomic(join(folder, name), '{}')
  expect(readdirSync(folder)).toEqual([name])
})

describe('what a process that was killed left behind', () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  const nameOf = (pid: number) =>
    temporaryName(join(folder, 'a.json')).replace(`maskwright-${process.pid}-`, `maskwright-${pid}-`)
  const leave = (path: string, minutes: number) => {
    writeFileSync(path, 'half')
    const time = Date.now() / 1000 - 60 * minutes
    utimesSync(path, time, time)
    return path
  }

  it('is removed by the next write into the folder once it is old, and nothing else is', async () => {
    const stays = [
      leave(nameOf(gone), 2),
      leave(nameOf(process.ppid), 60),
      leave(join(folder, '.a.json.tmp'), 60),
      leave(join(folder, '.a.json.0123456789ab.tmp'), 60),
    ]
    leave(nameOf(gone), 60)
    leave(nameOf(process.pid), 60)
    await writeFileAtomic(join(folder, 'a.json'), 'whole')
    const left = readdirSync(folder).map((name) => join(folder, name))
    expect(left.sort()).toEqual([...stays, join(folder, 'a.json')].sort())
  })
})

describe.skipIf(process.platform === 'win32')('a signal while a file is written', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends the process, leaves the old file and no other',
    async (signal) => {
      const target = join(folder, 'a.json')
      writeFileSync(target, 'old')
      const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'))
      const files = JSON.stringify(new URL('./files.ts', import.meta.url).href)
      const script = `
        function* pieces() {
          for (let i = 0; ; i++) {
            if (i === 3) console.log('writing')
            yield ' '.repeat(1 << 20)
            if (i > 2) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
          }
        }
        import(${tsx}).then(({ register }) => (register(), import(${files})))
          .then(({ writeFileAtomic }) => writeFileAtomic(${JSON.stringify(target)}, pieces()))`
      const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
      child.stdout.once('data', () => {
        expect(readdirSync(folder)).toHaveLength(2)
        child.kill(signal)
      })
      expect(await new Promise((resolve) => child.on('close', (_, ended) => resolve(ended)))).toBe(signal)
      expect(readdirSync(folder)).toEqual(['a.json'])
      expect(readFileSync(target, 'utf8')).toBe('old')
    },
  )
})
