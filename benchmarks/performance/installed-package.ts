/** The package as it is installed: without sources, which the command would run instead. Needs `npm run build`. */
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Makes it in a folder; returns the path of its command. */
export function installedCommand(folder: string): string {
  const pack = join(folder, 'package')
  for (const part of ['bin', 'dist', 'models', 'package.json']) {
    cpSync(join(ROOT, part), join(pack, part), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(pack, 'node_modules'))
  return join(pack, 'bin', 'maskwright.js')
}
