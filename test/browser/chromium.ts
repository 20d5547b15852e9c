/** A headless Chromium and a server for one test: the page's script is bundled from a TypeScript file. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium, type Page } from 'playwright-core'

/** Debian's place, or the one named by CHROMIUM. */
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium'
export const hasChromium = existsSync(chromiumPath)

const WASM = fileURLToPath(new URL('../../node_modules/onnxruntime-web/dist/', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
}

export interface TestPage {
  readonly page: Page
  close(): Promise<void>
}

/** Bundles `script` and opens a page that runs it. The wasm files of onnxruntime-web are served under /wasm/. */
export async function openPage(script: URL): Promise<TestPage> {
  const bundle = await build({
    entryPoints: [fileURLToPath(script)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
  })
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    const type = TYPES[path.split('.').at(-1) ?? ''] ?? 'text/html'
    const body =
      path === '/'
        ? '<script type="module" src="/page.js"></script>'
        : await file(path, bundle.outputFiles[0].contents)
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--no-first-run',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  return {
    page,
    close: async () => {
      await browser.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function file(path: string, script: Uint8Array): Promise<Uint8Array | undefined> {
  if (path === '/page.js') return script
  return path.startsWith('/wasm/') ? readFile(join(WASM, basename(path))).catch(() => undefined) : undefined
}
