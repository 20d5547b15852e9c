/** The page of `examples/browser`, as the development server or the build of an unconfigured Vite serves it. */
import { cpSync } from 'node:fs'
import path from 'node:path'
import { build, createServer, preview } from 'vite'
import { launch } from './chromium.ts'

const EXAMPLE = path.resolve(import.meta.dirname, '../../examples/browser')

/** Copies the page into a folder where the package is installed. */
export function placePage(folder: string): void {
  for (const file of ['index.html', 'main.ts', 'style.css']) {
    cpSync(path.join(EXAMPLE, file), path.join(folder, file))
  }
}

/** What the page of `root` says of a picture. */
export async function pageSays(root: string, mode: 'dev' | 'build', picture: string): Promise<string> {
  const config = { root, configFile: false, logLevel: 'silent' } as const
  if (mode === 'build') await build(config)
  const served = mode === 'dev' ? await (await createServer(config)).listen() : await preview(config)
  const browser = await launch()
  try {
    const page = await browser.newPage()
    await page.goto(served.resolvedUrls!.local[0])
    await page.locator('#file:enabled').waitFor({ timeout: 150_000 })
    await page.setInputFiles('#file', picture)
    const answer = page.locator('#status').filter({ hasNotText: /Ready|Looking/ })
    return (await answer.textContent({ timeout: 150_000 })) ?? ''
  } finally {
    await browser.close()
    await served.close()
  }
}
