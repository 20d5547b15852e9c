/** A headless Chromium for one test: with a server and a script bundled from TypeScript, or with a file from disk. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Debian's place, or the one named by CHROMIUM. */
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium'
export const hasChromium = existsSync(chromiumPath)

const WASM = fileURLToPath(new URL('../../node_modules/onnxruntime-web/dist/', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
}

/** Has browsers share memory between threads. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

export interface TestPage {
  readonly page: Page
  close(): Promise<void>
}

/** Bundles `script` and opens a page that runs it. The wasm files of onnxruntime-web are served under /wasm/. */
export async function openPage(
  script: URL,
  { isolated = false, ...options }: PageOptions = {},
): Promise<TestPage> {
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
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type, ...(isolated && ISOLATION) })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await launch(options)
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

export interface OpenDocument {
  readonly page: Page
  /** Everything the page asked for. */
  readonly requests: readonly string[]
  /** Errors thrown in the page or written to its console. */
  readonly errors: readonly string[]
  close(): Promise<void>
}

/** Opens an HTML file as a reader would, from disk. */
export async function openDocument(
  html: string,
  viewport: { width: number; height: number },
): Promise<OpenDocument> {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-document-'))
  const file = join(folder, 'document.html')
  writeFileSync(file, html)
  const [requests, errors]: [string[], string[]] = [[], []]
  const browser = await launch()
  const page = await browser.newPage({ viewport })
  page.on('request', (request) => requests.push(request.url()))
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.goto(pathToFileURL(file).href)
  const close = async () => {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { page, requests, errors, close }
}

export interface PageOptions extends LaunchOptions {
  /** From other origins, as a page has to be to compute in several threads. */
  readonly isolated?: boolean
}

export interface LaunchOptions {
  /** WebGPU by SwiftShader, Chromium's own renderer in software, whatever the machine has. */
  readonly webgpu?: boolean
}

export function launch({ webgpu = false }: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    args: [
      '--no-sandbox',
      ...(webgpu ? ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'] : ['--disable-gpu']),
      '--disable-background-networking',
      '--no-first-run',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
