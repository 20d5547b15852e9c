import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../errors.ts'

/** This file is two folders below the package, as source and as built. */
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = join(PACKAGE, 'dist/studio-page')
/** The bundled model, which the page asks for beside itself. */
const MODEL = 'models/nuclei.safetensors'
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
}

/** A file of the page; those of the runtime are too large to be held. */
export interface PageFile {
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
  const pages = new Map([[`/${MODEL}`, await pageFile(join(PACKAGE, MODEL), 'application/octet-stream')]])
  for (const file of files) {
    const type = TYPES[extname(file)]
    if (type === undefined) continue
    const path = file === 'index.html' ? '/' : `/${file.replaceAll('\\', '/')}`
    pages.set(path, await pageFile(join(folder, file), type))
  }
  return pages
}

async function pageFile(path: string, type: string): Promise<PageFile> {
  return { type, length: (await stat(path)).size, open: () => createReadStream(path) }
}
