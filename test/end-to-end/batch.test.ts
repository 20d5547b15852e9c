import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandIn } from '../in-process.ts'
import { thinModelFile } from '../thin-model.ts'
import { batchFiles, batchLines } from './batch-files.ts'
import { finished, startCommand } from './command-line.ts'
import { writeSyntheticImages } from './synthetic-data.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-batch-'))
const inFolder = (...parts: string[]) => path.join(folder, ...parts)
const batch = (...argv: string[]) => commandIn(folder, ['batch', ...argv, ...SETTINGS])
const SETTINGS = ['--model', 'thin.safetensors', '--score', '0.02', '--threads', '1', '--chunk', '4']

const linesOf = (out: string) => batchLines(inFolder(out))
const filesOf = (out: string) => batchFiles(inFolder(out))

beforeAll(async () => {
  writeFileSync(inFolder('thin.safetensors'), thinModelFile())
  await writeSyntheticImages(inFolder('images'), 10, 5)
  writeFileSync(inFolder('images', 'image-3.png'), 'not an image')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('maskwright batch', () => {
  it('says of each image what predict says, but for its time', async () => {
    const { status, stderr, stdout } = await batch('images', '--out', 'whole', '--json')
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/1 of 10 images could not be segmented: images\/image-3\.png: .*known format/),
    ])
    expect(JSON.parse(stdout)).toMatchObject({
      images: 10,
      shards: 3,
      failed: [{ file: 'images/image-3.png' }],
    })
    const predicted = await commandIn(folder, [
      'predict',
      'images',
      '--no-overlay',
      '--json',
      ...SETTINGS.slice(0, 6),
    ])
    const images = JSON.parse(predicted.stdout).images
    expect(images.flatMap((image: { instances?: [] }) => image.instances ?? []).length).toBeGreaterThan(20)
    for (const image of images) delete image.milliseconds
    expect(linesOf('whole').map((line) => JSON.parse(line))).toEqual(images)
    expect(readFileSync(inFolder('whole', 'failed.jsonl'), 'utf8')).toBe(`${linesOf('whole')[3]}\n`)
    expect(readFileSync(inFolder('whole', 'metrics.prom'), 'utf8')).toMatch(
      /^maskwright_batch_images 10\n[\s\S]*^maskwright_batch_images_done 10\n[\s\S]*^maskwright_batch_images_failed 1\n/m,
    )
  })

  it('does not compute again what is there, and puts right what is not as it was', async () => {
    cpSync(inFolder('whole'), inFolder('again'), { recursive: true })
    const before = filesOf('again')
    const shard = inFolder('again', 'shards', '000001.jsonl')
    writeFileSync(shard, before['shards/000001.jsonl'].replace('"score":0.', '"score":0.0'))
    const { stderr } = await batch('images', '--out', 'again')
    expect(stderr).toContain('000001.jsonl: it is not what the manifest says; it is computed again\n')
    expect(stderr).toContain('6 of 10 images were done before\n')
    expect(filesOf('again')).toEqual(before)
  })

  it('reads lists, takes an image once, and has a line for one that is not there', async () => {
    const lines = ['images/image-0.png', './images/image-0.png', 'images/gone.png', 'images/image-1.png', '']
    writeFileSync(inFolder('list.txt'), lines.join('\n'))
    const { status, stderr } = await batch('list.txt', '--out', 'listed')
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/1 listed more than once\n.*gone\.png: cannot read the file: it does not exist/),
    ])
    const files = linesOf('listed').map((line) => JSON.parse(line).file)
    expect(files).toEqual(['images/image-0.png', 'images/gone.png', 'images/image-1.png'])

    const goneOn = await batch('listed/listing.jsonl', '--out', 'listed')
    expect(goneOn.stderr).toContain('3 of 3 images were done before\n')
    const refused = await batch('images', '--out', 'listed')
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('a batch of other images')])

    cpSync(inFolder('images', 'image-2.png'), inFolder('images', 'gone.png'))
    const mended = await batch('list.txt', '--out', 'listed', '--retry-failed')
    rmSync(inFolder('images', 'gone.png'))
    expect([mended.status, mended.stdout]).toEqual([
      0,
      expect.stringMatching(/^3 images, 15 objects: 1 shard /),
    ])
    expect(readFileSync(inFolder('listed', 'failed.jsonl'), 'utf8')).toBe('')
  })

  it('tries again what a network failed to give, and keeps the reasons', async () => {
    const png = readFileSync(inFolder('images', 'image-0.png'))
    const asked: string[] = []
    const server = createServer(({ url = '' }, response) => {
      asked.push(url)
      const isLater = asked.filter((other) => other === url).length > 1
      response.writeHead(url === '/a.png' && isLater ? 200 : 503).end(png)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    try {
      writeFileSync(inFolder('urls.txt'), `${root}/a.png\n${root}/b.png\n`)
      const { status } = await batch('urls.txt', '--out', 'fetched', '--retries', '1')
      expect([status, asked]).toEqual([1, ['/a.png', '/a.png', '/b.png', '/b.png']])
    } finally {
      server.close()
    }
    const [a, b] = linesOf('fetched').map((line) => JSON.parse(line))
    expect(a.instances).toHaveLength(5)
    const reason = (name: string) => expect.stringMatching(`^${root}/${name}: .*the server answered 503`)
    expect(b).toEqual({ file: `${root}/b.png`, error: reason('b.png'), before: [reason('b.png')] })
    const retried = readFileSync(inFolder('fetched', 'retried', '000000.jsonl'), 'utf8')
    expect(JSON.parse(retried)).toEqual({ file: `${root}/a.png`, before: [reason('a.png')] })
  })

  it('refuses a name that is not UTF-8, and a second process', async () => {
    mkdirSync(inFolder('odd'))
    writeFileSync(
      Buffer.concat([Buffer.from(`${inFolder('odd')}/a`), Buffer.from([0xff]), Buffer.from('.png')]),
      '',
    )
    const odd = await batch('odd', '--out', 'none')
    expect([odd.status, odd.stderr]).toEqual([1, expect.stringContaining('is not UTF-8')])
    mkdirSync(inFolder('locked'))
    writeFileSync(inFolder('locked', '.lock'), JSON.stringify({ host: 'elsewhere', process: 1 }))
    const second = await batch('images', '--out', 'locked')
    expect([second.status, second.stderr]).toEqual([1, expect.stringContaining('another process is at work')])
    expect(existsSync(inFolder('locked', 'batch.json'))).toBe(false)
  })

  it.skipIf(process.platform === 'win32')(
    'goes on after it was killed, and after Ctrl-C, to the same files',
    async () => {
      const args = ['batch', 'images', '--out', 'killed', ...SETTINGS]
      const killed = startCommand(args, { cwd: folder })
      const end = finished(killed)
      await expect
        .poll(() => existsSync(inFolder('killed', 'shards', '000000.jsonl')), {
          timeout: 60_000,
          interval: 5,
        })
        .toBe(true)
      killed.kill('SIGKILL')
      expect((await end).status).toBe('SIGKILL')
      // Something is left to be interrupted, however late it was killed.
      rmSync(inFolder('killed', 'shards', '000002.jsonl'), { force: true })
      renameSync(inFolder('killed', 'shards', '000000.jsonl'), inFolder('first.jsonl'))
      const interrupted = startCommand(args, { cwd: folder })
      const ended = finished(interrupted)
      await expect
        .poll(() => existsSync(inFolder('killed', 'shards', '000000.jsonl')), {
          timeout: 60_000,
          interval: 5,
        })
        .toBe(true)
      interrupted.kill('SIGINT')
      expect(await ended).toMatchObject({
        status: 130,
        stderr: expect.stringMatching(/interrupted: \d+ of 10 images are done; the same command goes on\n$/),
      })
      expect(existsSync(inFolder('killed', 'manifest.json'))).toBe(false)
      await batch('images', '--out', 'killed')
      expect(filesOf('killed')).toEqual(filesOf('whole'))
      expect(readFileSync(inFolder('first.jsonl'), 'utf8')).toBe(filesOf('whole')['shards/000000.jsonl'])
    },
    120_000,
  )
})
