import { connect, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { openServer } from './server.ts'
import { SERVER_LIMITS } from './server-limits.ts'

it('closes connections beyond its limit, and takes others once one has gone', async () => {
  const server = await openServer([], {
    ...{ host: '127.0.0.1', port: 0, limits: { ...SERVER_LIMITS, connections: 2 }, version: '1' },
    ...{ log: { write: () => {} }, residentBytes: () => 0 },
  })
  const sockets: Socket[] = []
  /** What comes over a connection of its own; nothing where it is closed. */
  const asked = () =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
      sockets.push(socket)
      socket.on('error', () => resolve(''))
      socket.on('close', () => resolve(''))
      socket.on('data', (data) => resolve(`${data}`.split('\r\n')[0]))
      socket.write('GET /v2/health/live HTTP/1.1\r\nhost: a\r\n\r\n')
    })
  try {
    expect([await asked(), await asked(), await asked()]).toEqual([
      ...['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', ''],
    ])
    sockets[0].destroy()
    await expect.poll(asked).toBe('HTTP/1.1 200 OK')
  } finally {
    for (const socket of sockets) socket.destroy()
    await server.close()
  }
})
