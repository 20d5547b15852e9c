/** A host of files, as there are many: it knows nothing of the studio, and answers 404 to what it does not have. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
}

export interface StaticSite {
  /** Of the folder, with a slash at its end. */
  readonly url: string
  /** Paths below it that were asked for. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

/** @param path below which the folder is served, such as `/a/b/`; any port that is free where none is said */
export async function openStaticSite(folder: string, path: string, port = 0): Promise<StaticSite> {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host')
    const name = pathname.startsWith(path) ? pathname.slice(path.length) : '..'
    asked.push(name)
    const file = normalize(join(folder, name === '' ? 'index.html' : name))
    const body = file.startsWith(folder) ? await readFile(file).catch(() => undefined) : undefined
    const type = body ? (TYPES[extname(file)] ?? 'application/octet-stream') : 'text/html'
    response.writeHead(body ? 200 : 404, { 'content-type': type })
    response.end(body ?? '<!doctype html><title>Not found</title>')
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    asked,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
