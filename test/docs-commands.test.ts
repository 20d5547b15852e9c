/** Every command in README and docs exists with the flags it is written with, and the README's own are run. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { commandLine, main } from '../src/cli/main.ts'
import { writeSyntheticImages } from './end-to-end/synthetic-data.ts'
import { makeVideo, WITHOUT_FFMPEG } from './ffmpeg.ts'
import { thinModelFile } from './thin-model.ts'

const ROOT = resolve(import.meta.dirname, '..')
const PAGES = [
  'README.md',
  'models/nuclei.md',
  'models/efficientnet-lite0.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8')

/** Lines of the shell samples of a page, without comments; continued lines are one. */
function shellLines(page: string): string[] {
  return [...read(page).matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block]) => block.replace(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => line.split(' && '))
}

/** Commands within sentences and tables. */
function inlineCommands(page: string): string[] {
  const prose = read(page).replace(/^```[\s\S]*?^```$/gm, '')
  return [...prose.matchAll(/`((?:npx )?maskwright [^`]+)`/g)].map(([, text]) => text)
}

const words = (line: string) =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain,
  )
const ownWords = (line: string) => words(line.replace(/^npx /, '')).slice(1)

/** The command line, whose commands do nothing. */
async function idle(): Promise<Command> {
  const disarmed = (command: Command): Command => {
    for (const inner of command.commands) disarmed(inner)
    return command.commands.length > 0 ? command : command.action(() => {})
  }
  return disarmed(await commandLine({ signal: new AbortController().signal, fail: () => {} }, () => {}))
}

const all = PAGES.flatMap((page) => shellLines(page).map((line) => [page, line] as const))
const own = all.filter(([, line]) => /^(npx )?maskwright /.test(line))

describe('a command in the documents', () => {
  it.each(own)('%s: %s', async (_, line) => {
    const quiet = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      await (await idle()).parseAsync(ownWords(line), { from: 'user' })
    } finally {
      quiet.mockRestore()
    }
    const [command, config] = ownWords(line)
    if (command === 'train' && config.startsWith('configs/'))
      expect(existsSync(join(ROOT, config))).toBe(true)
  })

  it.each(PAGES.flatMap((page) => inlineCommands(page).map((line) => [page, line])))(
    '%s, in a sentence: %s',
    async (_, line) => {
      let command = await idle()
      for (const word of ownWords(line)) {
        command = command.commands.find((inner) => inner.name() === word) ?? command
      }
      expect(command.name()).not.toBe('maskwright')
      const flags = command.options.map(({ long }) => long)
      expect(ownWords(line).filter((word) => word.startsWith('--') && !flags.includes(word))).toEqual([])
    },
  )

  it.each(all.filter(([, line]) => !/^(npx )?maskwright /.test(line)))('%s, of others: %s', (_, line) => {
    const [first, second, third] = words(line.replace(/^([A-Z]+=\S+ )+/, ''))
    if (first === 'npx' && second === 'tsx' && third.startsWith('benchmarks/')) {
      expect(existsSync(join(ROOT, third))).toBe(true)
    } else if (first === 'npm' && ['run', 'test'].includes(second)) {
      expect(Object.keys(MANIFEST.scripts)).toContain(second === 'run' ? third : second)
    } else {
      expect(KNOWN, line).toContain(`${first} ${second ?? ''}`.trim())
    }
  })
})

/** Programs of others that the documents call. */
const KNOWN = [
  'npm ci',
  'npm install',
  'npm pack',
  'npm create',
  'npx vite',
  'npx vitest',
  'npx tsx',
  'npx tsc',
  'cd nuclei-page',
  'cat cell.png',
  'python3 -m',
  'peers/bin/pip install',
  'mpirun -n',
]

describe('links of the documents', () => {
  const shipped = (path: string) =>
    (MANIFEST.files as string[]).some((file) => path === file || path.startsWith(`${file}/`))
  it.each(PAGES)('of %s lead to files of the package', (page) => {
    const targets = [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target)
    const local = targets
      .filter((target) => !/^https?:/.test(target))
      .map((target) => join(dirname(page), target))
    expect(local.filter((path) => !existsSync(join(ROOT, path)) || !shipped(path))).toEqual([])
  })
})

describe('the commands of the README', () => {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-readme-'))
  const before = process.cwd()
  beforeAll(async () => {
    process.chdir(folder)
    const train = await writeSyntheticImages('photos', 4, 1)
    const val = await writeSyntheticImages('val', 2, 2)
    writeFileSync('train.json', JSON.stringify(train))
    writeFileSync('val.json', JSON.stringify(val))
    cpSync('photos/image-0.png', 'cell.png')
    if (!WITHOUT_FFMPEG) makeVideo('clip.mp4', '-f', 'lavfi', '-i', 'testsrc=s=64x48:r=5:d=0.6')
    cpSync('val', 'unlabelled', { recursive: true })
    mkdirSync('runs/mine/checkpoints', { recursive: true })
    writeFileSync('runs/mine/checkpoints/best.safetensors', thinModelFile())
    // What "weights pull" would download is there already.
    vi.stubEnv('MASKWRIGHT_CACHE', join(folder, 'cache'))
    mkdirSync('cache/models', { recursive: true })
    writeFileSync('cache/models/maskrcnn_resnet50_fpn_v2.safetensors', thinModelFile())
    const results = val.annotations.map((annotation) => ({ ...annotation, score: 0.9 }))
    writeFileSync('results.json', JSON.stringify(results))
    await main(['data', 'convert', 'train.json', 'labelme-folder', '--to', 'labelme', '--images', 'photos'])
    rmSync('train.json')
  })
  afterAll(() => {
    vi.unstubAllEnvs()
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })

  // `data convert` makes the train.json that others read; a training takes longer than a test may.
  const rank = (line: string) => (line.includes(' convert ') ? 0 : 1)
  const lines = shellLines('README.md')
    .filter((line) => line.startsWith('npx maskwright ') && !line.startsWith('npx maskwright train '))
    .filter((line) => !WITHOUT_FFMPEG || !line.includes('clip.mp4'))
    .toSorted((a, b) => rank(a) - rank(b))
  const isFirst = (line: string) => line === lines.find((other) => other.includes(' nuclei'))
  it.each(lines)('%s', { timeout: 300_000 }, async (line) => {
    const said: string[] = []
    const keep = (text: string | Uint8Array) => said.push(String(text)) > 0
    const spies = (['stdout', 'stderr'] as const).map((name) =>
      vi.spyOn(process[name], 'write').mockImplementation(keep),
    )
    try {
      // One command is enough to wait for the real model.
      const argv = ownWords(line).map((word) => (word === 'nuclei' && !isFirst(line) ? 'runs/mine' : word))
      const code = await main(argv[0] === 'bench' ? [...argv, '--rounds', '1'] : argv)
      // The doctor ends with 1 where it finds something.
      expect(code, said.join('')).toBeLessThanOrEqual(line.includes(' doctor ') ? 1 : 0)
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
    expect(said.join('')).not.toBe('')
  })
})

it('shows the example of a model of your own as it is', () => {
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(read('docs/add-a-model.md'))!
  expect(shown).toBe(read('examples/library/own-model.ts'))
})
