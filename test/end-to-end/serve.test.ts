import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePng } from '../../src/node/decode-image.ts'
import { isRunning } from '../../src/node/temporary-files.ts'
import { thinModelFile } from '../thin-model.ts'
import { finished, startCommand } from './command-line.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-serve-'))
beforeAll(() => writeFileSync(path.join(folder, 'thin.safetensors'), thinModelFile()))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The command, once it listens. */
async function serving(env: Readonly<Record<string, string>> = {}) {
  const args = ['serve', '--model', 'thin.safetensors', '--port', '0', '--threads', '1']
  const child = startCommand(args, { cwd: folder, env })
  let said = ''
  child.stderr?.on('data', (text) => {
    said += text
  })
  const ended = finished(child)
  await expect.poll(() => said, { timeout: 60_000, interval: 50 }).toMatch(/serving thin on http/)
  const url = /serving thin on (http\S+)/.exec(said)![1]
  return { child, ended, url, said: () => said }
}

describe.skipIf(process.platform === 'win32')('maskwright serve', () => {
  it('answers what it has taken when it is told to end, and then ends with 0', async () => {
    const png = await encodePng({ data: new Uint8Array(40 * 30 * 3).fill(90), width: 40, height: 30 })
    const { child, ended, url, said } = await serving()
    try {
      const headers = { 'content-length': `${png.length}` }
      const taken = request(`${url}/predict?score=0.02`, { method: 'POST', headers })
      const answer = new Promise<[number | undefined, string]>((resolve, reject) => {
        taken.on('error', reject)
        taken.on('response', (response) => {
          let body = ''
          response.setEncoding('utf8').on('data', (text) => {
            body += text
          })
          response.on('end', () => resolve([response.statusCode, body]))
        })
      })
      taken.write(png.subarray(0, 20))
      await expect.poll(said).toContain('incoming request')
      child.kill('SIGTERM')
      await expect.poll(said).toContain('ending: ')
      await expect(fetch(`${url}/v2/health/live`)).rejects.toThrow('fetch failed')
      taken.end(png.subarray(20))
      const [status, body] = await answer
      expect([status, JSON.parse(body).images[0].width]).toEqual([200, 40])
      expect(await ended).toMatchObject({ status: 0, stdout: '' })
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('leaves no process and no folder behind when it is killed', async () => {
    const temporary = path.join(folder, 'temporary')
    mkdirSync(temporary)
    const left = () => readdirSync(temporary).filter((name) => name.startsWith('maskwright-'))
    const { child, ended, url } = await serving({ TMPDIR: temporary })
    const figures = await (await fetch(`${url}/metrics`)).text()
    const worker = Number(/maskwright_worker_resident_bytes\{model="thin",pid="(\d+)"/.exec(figures)?.[1])
    expect([left().length, isRunning(worker)]).toEqual([1, true])
    child.kill('SIGKILL')
    await ended
    await expect.poll(() => [left(), isRunning(worker)], { timeout: 20_000 }).toEqual([[], false])
  })
})
