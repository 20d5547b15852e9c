import path from 'node:path'
import { build } from 'vite'

/** Builds the page of the studio into a folder, as `npm run build` does. */
export async function builtStudioPage(outDir: string): Promise<void> {
  const configFile = path.resolve(import.meta.dirname, '../apps/studio/vite.config.ts')
  await build({ configFile, build: { outDir }, logLevel: 'silent' })
}
