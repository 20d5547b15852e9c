/**
 * The start of a process up to its first masks, as the package is installed: built, in a folder of its own, without sources.
 *
 *     npx tsx benchmarks/start.ts nuclei|fp16 [ROUNDS] [--json]
 *
 * `nuclei` is the bundled model on a picture of 512x512 pixels; `fp16` a Mask R-CNN R50-FPN of random weights in float16, of which
 * what counts is how long it takes from its file to a session that is ready. Medians of fresh processes; the first of them, which
 * may find no graph kept from before, is told by itself and not counted.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ColdStart, inFreshProcess } from '../src/cli/bench/fresh-run.ts'
import { quantile } from '../src/cli/bench/quantile.ts'
import { prepareSubject, type SubjectOptions } from '../src/cli/bench/subject.ts'
import { decodeModelFile, encodeModelFile } from '../src/models/model-file.ts'
import { loadFile } from '../src/node/files.ts'
import { temporaryFolder } from '../src/node/temporary-files.ts'
import { argumentsOr } from './usage.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COMMON = { score: 0.5, device: 'cpu', threads: 2 } as const
const SUBJECTS: Readonly<Record<string, SubjectOptions>> = {
  nuclei: { ...COMMON, model: 'nuclei', size: { height: 512, width: 512 } },
  fp16: { ...COMMON, preset: 'maskrcnn_resnet50_fpn', size: { height: 800, width: 1088 } },
}

/** The command of the built package in `folder`. */
function installed(folder: string): string {
  execFileSync('npm', ['run', 'build'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  for (const name of ['bin', 'dist', 'models', 'package.json']) {
    cpSync(join(ROOT, name), join(folder, 'package', name), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return join(folder, 'package', 'bin', 'maskwright.js')
}

async function measured(name: string, rounds: number): Promise<readonly ColdStart[]> {
  const folder = temporaryFolder()
  try {
    process.env.MASKWRIGHT_CACHE = join(folder.path, 'cache')
    const subject = await prepareSubject(SUBJECTS[name], (file) => join(folder.path, file))
    if (name === 'fp16') {
      const file = decodeModelFile(await loadFile(subject.model))
      writeFileSync(subject.model, encodeModelFile(file, { float16: true }))
    }
    const command = installed(folder.path)
    const starts: ColdStart[] = []
    for (let round = 0; round <= rounds; round++) {
      const { coldStart } = await inFreshProcess(subject, 0, { command })
      console.error(
        Object.entries(coldStart)
          .map(([part, value]) => `${part} ${value.toFixed(3)} s`)
          .join(', '),
      )
      starts.push(coldStart)
    }
    return starts
  } finally {
    await folder.remove()
  }
}

function report(name: string, [first, ...starts]: readonly ColdStart[], json: boolean): void {
  const whole = (start: ColdStart) => (name === 'fp16' ? start.load + start.session : start.total)
  const median = (of: (start: ColdStart) => number) => quantile(starts.map(of), 0.5)
  const figures = {
    seconds: median(whole),
    'first of all': whole(first),
    import: median((start) => start.import),
    load: median((start) => start.load),
    session: median((start) => start.session),
    'first run': median((start) => start.firstRun),
  }
  if (json) console.log(JSON.stringify({ figures, samples: { seconds: starts.map(whole) } }))
  else console.log(`${name}: ${figures.seconds.toFixed(2)} s`)
}

const given = argumentsOr('start.ts nuclei|fp16 [ROUNDS] [--json]', 1)
const [name, rounds = '7'] = given.filter((word) => word !== '--json')
if (!Object.hasOwn(SUBJECTS, name)) throw new Error(`no such model: ${name}`)
report(name, await measured(name, Number(rounds)), given.includes('--json'))
