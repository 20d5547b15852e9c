import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandIn } from '../in-process.ts'
import { thinModelFile } from '../thin-model.ts'
import { batchFiles } from './batch-files.ts'
import { finished, startCommand } from './command-line.ts'
import { type RedisServer, startRedis, whyNoRedis } from './redis-server.ts'
import { writeSyntheticImages } from './synthetic-data.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-queue-'))
const inFolder = (...parts: string[]) => path.join(folder, ...parts)
const BATCH = ['images', '--model', 'thin.safetensors', '--score', '0.02', '--chunk', '2']
const WAIT = { timeout: 120_000, interval: 20 }
const missing = whyNoRedis()
let redis: RedisServer | undefined
const started: ChildProcess[] = []

function start(...args: string[]) {
  const child = startCommand([...args, '--queue', redis!.url], { cwd: folder })
  started.push(child)
  let said = ''
  child.stderr?.on('data', (text) => {
    said += text
  })
  return { child, end: finished(child), said: () => said }
}
const worker = (...flags: string[]) => start('worker', '--threads', '1', ...flags)

beforeAll(async () => {
  if (missing) return
  redis = await startRedis()
  writeFileSync(inFolder('thin.safetensors'), thinModelFile())
  await writeSyntheticImages(inFolder('images'), 16, 5)
  writeFileSync(inFolder('images', 'image-3.png'), 'not an image')
})
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL')
  await redis?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(missing !== undefined)(`a batch with a queue${missing ? ` (${missing})` : ''}`, () => {
  it('comes to what one process comes to, though a worker is killed and Redis forgets everything', async () => {
    const whole = commandIn(folder, ['batch', ...BATCH, '--threads', '1', '--out', 'whole'])
    expect((await whole).status).toBe(1)

    const coordinator = start('batch', ...BATCH, '--out', 'queued')
    await expect.poll(coordinator.said, WAIT).toContain('no worker is at the queue')
    const other = worker('--model', 'nuclei')
    expect(await other.end).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /maskwright: nuclei: the model is not that of the batch; expected sha256 /,
      ),
    })
    const first = worker()
    await expect.poll(() => existsSync(inFolder('queued', 'shards')), WAIT).toBe(true)
    first.child.kill('SIGKILL')
    const second = worker('--workers', '2')
    await expect.poll(second.said, WAIT).toContain('waiting for chunks')
    await redis!.restart(500)
    expect(await coordinator.end).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /queue is away; waiting for it\n[\s\S]*queue is back\n[\s\S]*1 of 16 images could not be segmented: images\/image-3\.png: /,
      ),
    })
    second.child.kill('SIGTERM')
    expect(await second.end).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/\d+ chunks? done\n$/),
    })
    expect(batchFiles(inFolder('queued'))).toEqual(batchFiles(inFolder('whole')))
  }, 600_000)
})
