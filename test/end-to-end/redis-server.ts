import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** Why there can be no Redis here; undefined where there can. */
export function whyNoRedis(): string | undefined {
  const { error, status } = spawnSync('redis-server', ['--version'])
  if (error || status !== 0) return 'redis-server is not installed'
  return undefined
}

export interface RedisServer {
  readonly url: string
  /** Ends it with all that it knows, and starts an empty one at the same address. */
  restart(awayMs: number): Promise<void>
  stop(): Promise<void>
}

/** A Redis of its own that keeps nothing on disk. */
export async function startRedis(): Promise<RedisServer> {
  const port = await freePort()
  let server = await listening(port)
  const stop = async () => {
    const end = once(server, 'close')
    server.kill('SIGKILL')
    await end
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    restart: async (awayMs) => {
      await stop()
      await wait(awayMs)
      server = await listening(port)
    },
    stop,
  }
}

async function listening(port: number): Promise<ChildProcess> {
  const flags = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', flags, { stdio: 'ignore' })
  for (let tries = 0; tries < 200; tries++) {
    if (server.exitCode !== null) break
    if (await answers(port)) return server
    await wait(50)
  }
  server.kill('SIGKILL')
  throw new Error(`redis-server does not answer on port ${port}`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('data', (text) => {
      socket.destroy()
      resolve(`${text}`.startsWith('+PONG'))
    })
    socket.once('connect', () => socket.write('PING\r\n'))
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
