/** Processes that are killed by force: browsers with a profile that outlives them, and others. */
import { type ChildProcess, spawn } from 'node:child_process'
import { type Browser, chromium, type Page } from 'playwright-core'
import { chromiumPath } from '../../test/browser/chromium.ts'

export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<void>
  kill(): Promise<void>
}

/** What is to be ended at the end, whatever comes. */
const started: Running[] = []

export function running(process: ChildProcess): Running {
  const ended = new Promise<void>((resolve) => process.on('close', () => resolve()))
  const own = {
    ...{ process, ended },
    kill: () => {
      process.kill('SIGKILL')
      return ended
    },
  }
  started.push(own)
  return own
}

/** Resolves with what comes after the words in what the process says. */
export function saying({ process }: Running, words: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    process.on('close', () => reject(new Error(`ended without a word of ${words}: ${said}`)))
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const found = said.match(words)
      if (found) resolve(found[1])
    })
  })
}

export interface OpenBrowser extends Running {
  readonly browser: Browser
  readonly page: Page
}

export async function startBrowser(profile: string): Promise<OpenBrowser> {
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
  ]
  const args = [
    ...flags,
    `--user-data-dir=${profile}`,
    '--remote-debugging-port=0',
    '--window-size=1280,800',
    'about:blank',
  ]
  const own = running(spawn(chromiumPath, args, { stdio: ['ignore', 'ignore', 'pipe'] }))
  const browser = await chromium.connectOverCDP(await saying(own, /DevTools listening on (ws:\S+)/))
  const page = await browser.contexts()[0].newPage()
  await page.setViewportSize({ width: 1280, height: 800 })
  page.on('dialog', (dialog) => dialog.accept().catch(() => {}))
  return { ...own, browser, page }
}

export async function endAll(): Promise<void> {
  for (const one of started) await one.kill()
}
