import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfigFile } from './config-file.ts'
import { copyFilesInto } from './data-folder.ts'
import { decodeImage, loadImageSize } from './decode-image.ts'
import { loadFile, loadJson, loadUrl, openChunks } from './files.ts'
import { listImages } from './image-list.ts'
import { probeImageIn } from './image-probe.ts'
import { loadModelBytes } from './package-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-special-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const pipe = join(folder, 'pipe.png')
const config = join(folder, 'pipe.ts')
const zero = join(folder, 'zero.png')
const hasPipes = spawnSync('mkfifo', [pipe, config]).status === 0 && existsSync('/dev/zero')
if (hasPipes) symlinkSync('/dev/zero', zero)

async function chunks(path: string): Promise<number> {
  let bytes = 0
  for await (const chunk of openChunks(path)) bytes += chunk.length
  return bytes
}

describe.skipIf(!hasPipes)('files that never end or never begin are refused by their kind', () => {
  it.each([
    ['loadFile', loadFile],
    ['openChunks', chunks],
    ['loadJson', loadJson],
    ['loadModelBytes', loadModelBytes],
    ['decodeImage', decodeImage],
    ['loadImageSize', loadImageSize],
    ['loadUrl', (path: string) => loadUrl(`file://${path}`)],
    ['copyFilesInto', (path: string) => copyFilesInto(join(folder, 'out'))(path, 'a.png')],
  ] as const)('%s', async (_, read) => {
    const hint = 'Write its content to a file first'
    await expect(read(pipe)).rejects.toThrow(`${pipe}: cannot read the file: it is a pipe. ${hint}`)
    await expect(read(zero)).rejects.toThrow(`${zero}: cannot read the file: it is a device. ${hint}`)
  })

  it('as configurations, and among the images of a folder', async () => {
    await expect(loadConfigFile(config)).rejects.toThrow('cannot read the file: it is a pipe')
    expect(await listImages(folder)).toEqual([pipe, zero])
    expect(await listImages(pipe)).toEqual([pipe])
    expect(await probeImageIn(folder)('zero.png')).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringContaining('it is a device'),
    })
  })
})

it('loadFile refuses what no array holds before any memory is taken', async () => {
  const path = join(folder, 'sparse.bin')
  writeFileSync(path, '')
  truncateSync(path, 2 ** 31 + 1)
  await expect(loadFile(path)).rejects.toThrow('cannot read the file: it is larger than 2 GiB')
  rmSync(path)
})

it('a file that grows while it is read is read as long as it was', async () => {
  const path = join(folder, 'log.txt')
  writeFileSync(path, 'x'.repeat(3 << 20))
  const reading = openChunks(path)
  const first = await reading.next()
  execFileSync(process.execPath, ['-e', `fs.appendFileSync(${JSON.stringify(path)}, 'more')`])
  let bytes = (first.value as Uint8Array).length
  for await (const chunk of reading) bytes += chunk.length
  expect(bytes).toBe(3 << 20)
})

describe('loadUrl', () => {
  const server = createServer((request, response) => {
    if (request.url === '/silent') return
    response.write('x'.repeat(100))
    const drip = setInterval(() => response.write('x'.repeat(100)), 20)
    response.on('close', () => clearInterval(drip))
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const limits = { bytes: 2 ** 20, milliseconds: 60_000, silence: 60_000 }

  it('ends downloads that are too large, too slow or silent', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await expect(loadUrl(`${url}/drip`, {}, { ...limits, bytes: 350 })).rejects.toThrow('got more than 0 MiB')
    await expect(loadUrl(`${url}/drip`, {}, { ...limits, milliseconds: 200 })).rejects.toThrow(
      'cannot be downloaded; got not all of it in 0.2 s',
    )
    await expect(loadUrl(`${url}/silent`, {}, { ...limits, silence: 100 })).rejects.toThrow(
      'no answer in 0.1 s',
    )
  })
})
