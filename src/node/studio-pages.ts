/** The page of the studio: its files, those of the package that it asks for beside itself, and all of them as a site. */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../errors.ts'
import { loadFile, makeFolder, writeFileAtomic } from './files.ts'

/** This file is two folders below the package, as source and as built. */
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = join(PACKAGE, 'dist/studio-page')
/** The bundled model, and the body that trainings in the page begin with. */
const WEIGHTS = ['models/nuclei.safetensors', 'models/bodies/efficientnet_lite0.safetensors']
/** ONNX Runtime's WebAssembly: that of the processor, and that with WebGPU. */
const RUNTIME = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'].flatMap((name) => [
  `${name}.mjs`,
  `${name}.wasm`,
])
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.md': 'text/markdown; charset=utf-8',
  '.safetensors': 'application/octet-stream',
}

/** A file of the page; those of the runtime are too large to be held. */
export interface PageFile {
  readonly path: string
  readonly type: string
  readonly length: number
  open(): Readable
}

/** The built page of the studio by paths of URLs, `/` being the page itself. Throws `ConfigError` where it is not built. */
export async function studioPages(folder = FOLDER): Promise<Map<string, PageFile>> {
  const files = await readdir(folder, { recursive: true }).catch((): string[] => [])
  if (!files.includes('index.html')) {
    throw new ConfigError('the page of the studio is not built', {
      where: folder,
      hint: 'In a clone of the repository run `npm run build`',
    })
  }
  const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'))
  const pages = new Map<string, PageFile>()
  const add = async (url: string, path: string) => {
    const type = TYPES[extname(path)]
    if (type === undefined) return
    pages.set(url, { path, type, length: (await stat(path)).size, open: () => createReadStream(path) })
  }
  for (const file of files) {
    await add(file === 'index.html' ? '/' : `/${file.replaceAll('\\', '/')}`, join(folder, file))
  }
  for (const file of WEIGHTS) await add(`/${file}`, join(PACKAGE, file))
  for (const name of RUNTIME) await add(`/runtime/${name}`, join(runtime, name))
  return pages
}

/**
 * Writes the page as a site for any host of files, over an older one. Throws `ConfigError` where the page is not built, and for a
 * folder that holds other things.
 */
export async function writeStudioSite(site: string, folder = FOLDER): Promise<void> {
  const pages = await studioPages(folder)
  const there = await readdir(site).catch((): string[] => [])
  if (there.length > 0 && !there.includes(SITE_MARK)) {
    throw new ConfigError('the folder holds other things than a site of the studio', {
      where: site,
      hint: 'Name one that is empty or not there yet',
    })
  }
  for (const [url, { path }] of pages) {
    const target = join(site, url === '/' ? 'index.html' : url)
    await makeFolder(dirname(target))
    await writeFileAtomic(target, await loadFile(path))
  }
}

/** Has no other site. */
const SITE_MARK = 'service-worker.js'
