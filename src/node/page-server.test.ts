import { expect, it } from 'vitest'
import { openPageServer } from './page-server.ts'

it('serves the page as it is now, told apart by its version, until it is closed', async () => {
  const server = await openPageServer(0)
  const read = async (path: string) => (await fetch(new URL(path, server.url))).text()
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
  expect(await read('page')).toContain('No step has been logged yet')
  const before = await read('version')
  server.show('<p>loss 1</p>')
  server.show('<p>loss 0.5</p>')
  expect(await read('page?7')).toBe('<p>loss 0.5</p>')
  expect(await read('version')).not.toBe(before)
  expect(await read('')).toContain('<iframe')
  expect((await fetch(new URL('etc/passwd', server.url))).status).toBe(404)
  expect((await fetch(server.url, { method: 'POST' })).status).toBe(405)

  const port = Number(new URL(server.url).port)
  await expect(openPageServer(port)).rejects.toThrow(
    `--watch ${port}: the port is in use. Choose another port, or leave the number out`,
  )
  await server.close()
  await expect(read('page')).rejects.toThrow()
  // Free again.
  await (await openPageServer(port)).close()
})
