/** `maskwright serve` as a process of its own, with what the system says of it and its workers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const BUILT = new URL('../../dist/cli/main.js', import.meta.url)

export interface ServeProcess {
  readonly url: string
  /** Processes that compute. */
  workers(): number[]
  /** Memory of the server, and of each of its workers, in bytes; of what they share each has its part. */
  memory(): { readonly server: number; readonly workers: readonly number[] }
  /** Ends it with SIGTERM; its exit code. */
  end(): Promise<number | null>
}

/** Starts the built command. Rejects where it does not come to listen. */
export async function startServe(flags: readonly string[]): Promise<ServeProcess> {
  if (!existsSync(BUILT)) throw new Error('run `npm run build` first')
  const script = `import { main } from ${JSON.stringify(BUILT.href)}; process.exitCode = await main(process.argv.slice(1))`
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', script, '--', 'serve', ...flags, '--port', '0'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const url = await listening(child)
  const workers = () =>
    readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number)
  return {
    url,
    workers,
    memory: () => ({
      server: proportionalBytes(child.pid ?? 0),
      workers: workers().map(proportionalBytes),
    }),
    end: () =>
      new Promise((resolve) => {
        child.on('exit', resolve)
        child.kill('SIGTERM')
      }),
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const read = (text: unknown) => {
      said = (said + text).slice(-5000)
      const [, url] = /serving .* on (http\S+)/.exec(said) ?? []
      if (url) resolve(url)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.on('exit', (code) => reject(new Error(`serve ended with ${code}: ${said}`)))
  })
}

/** A process may have ended meanwhile. */
function proportionalBytes(pid: number): number {
  try {
    return 1024 * Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
