import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../errors.ts'

/** Beside what is compiled; this file is two folders below the package, as source and as built. */
const FOLDER = fileURLToPath(new URL('../../dist/studio-page/', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/** The built page of the studio by paths of URLs, `/` being the page itself. Throws `ConfigError` where it is not built. */
export async function studioPages(
  folder = FOLDER,
): Promise<Map<string, { readonly bytes: Uint8Array; readonly type: string }>> {
  const files = await readdir(folder, { recursive: true }).catch((): string[] => [])
  if (!files.includes('index.html')) {
    throw new ConfigError('the page of the studio is not built', {
      where: folder,
      hint: 'In a clone of the repository run `npm run build`',
    })
  }
  const pages = new Map<string, { readonly bytes: Uint8Array; readonly type: string }>()
  for (const file of files) {
    const type = TYPES[extname(file)]
    if (type === undefined) continue
    const path = file === 'index.html' ? '/' : `/${file.replaceAll('\\', '/')}`
    pages.set(path, { bytes: await readFile(join(folder, file)), type })
  }
  return pages
}
