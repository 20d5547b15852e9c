import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../..')
const url = (file: string) => JSON.stringify(new URL(`../../${file}`, import.meta.url).href)
/** Longer than the 28.9 KB at which telemetry ends the process, and than the 14 KB in a worker. */
const LONG = Array.from({ length: 900 }, (_, i) => `pictures/a-name-of-usual-length-${i}.png`)

const SESSION = `
  const { createSession } = await import(${url('src/node/session.ts')})
  const { encodeProbeModel } = await import(${url('src/onnx/probe-model.ts')})
  const session = await createSession(encodeProbeModel())
  await session.dispose()
  console.log('made')`
const WORKER = `
  const { Worker } = await import('node:worker_threads')
  const script = ${JSON.stringify(`import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(async ({ register }) => { register(); ${SESSION} }).catch((error) => console.log(error.message))`)}
  await new Promise((resolve) => new Worker(script, { eval: true, execArgv: [] }).on('exit', resolve))`

describe('telemetry of the runtime', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-telemetry-'))
  beforeAll(() => {
    writeFileSync(path.join(folder, 'main.mts'), SESSION)
    writeFileSync(path.join(folder, 'worker.mts'), `await import(${url('src/node/session.ts')})\n${WORKER}`)
    writeFileSync(path.join(folder, 'worker-alone.mts'), WORKER)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Without `CI`, which switches telemetry off as well. */
  function run(script: string) {
    const { CI: _, ORT_DISABLE_TELEMETRY: __, NODE_OPTIONS: ___, ...env } = process.env
    const args = ['--import', import.meta.resolve('tsx'), path.join(folder, script), ...LONG]
    return spawnSync('node', args, { cwd: ROOT, encoding: 'utf8', env: { ...env, HOME: folder } })
  }

  it.each(['main.mts', 'worker.mts'])(
    'neither ends a process of many files nor leaves a trace (%s)',
    (script) => {
      const { status, stdout, stderr, signal } = run(script)
      expect({ status, signal, stdout, stderr }).toEqual({
        status: 0,
        signal: null,
        stdout: 'made\n',
        stderr: '',
      })
      expect(readdirSync(folder)).not.toContain('.cache')
    },
  )

  it('is refused in a worker whose process did not switch it off', () => {
    expect(run('worker-alone.mts').stdout).toMatch(
      /^ORT_DISABLE_TELEMETRY: .* worker thread\. Import maskwright in the main/,
    )
  })
})
