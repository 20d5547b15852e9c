import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { parseOverride } from '../train/config-overrides.ts'
import { figureLabel } from '../train/report-data.ts'
import type { RunResult } from '../train/run.ts'
import { REPORT_FILE } from '../train/run-files.ts'
import { parseSeeds, parseSwept, type SweptSetting, variantsOf } from '../train/sweep.ts'
import type { ResolvedConfig } from '../train/train-config.ts'
import { BEST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import type { CommandContext } from './command-context.ts'
import { deviceFlag, jsonFlag, threadsFlag, wholeNumber } from './flags.ts'
import { requireAlone } from './joined-ranks.ts'
import { printJson, printLine } from './print.ts'
import { trainMany } from './train-many.ts'
import { type PhotoFlags, trainPhotos } from './train-photos.ts'
import { figureText, loadConfig, startRun } from './train-run.ts'

interface TrainFlags extends PhotoFlags {
  readonly seeds?: readonly number[]
  readonly sweep?: readonly SweptSetting[]
}

/** Flags of trainings that have no configuration yet, and of those that have one. */
const OF_PHOTOS = ['labels', 'val', 'minutes', 'dryRun'] as const
const OF_CONFIG = ['seeds', 'sweep'] as const

export function trainCommand({ signal }: CommandContext): Command {
  return new Command('train')
    .description(
      'Train a model on a folder of labelled photos, with settings chosen for them and this machine; or as a configuration file says.',
    )
    .argument(
      '<photos or config>',
      'folder of photos; or a configuration: .json, or .ts, .js, .mjs with an export `config`',
    )
    .option(
      '--labels <path>',
      'labels of the photos, in any format that "data convert" reads (default: looked for in the folder and beside it)',
    )
    .option(
      '--val <path>',
      'labels of other photos, to validate on (default: a fifth of the photos is kept apart)',
    )
    .option('--minutes <n>', 'time for all of a training on photos (default: 30)', minutesOf)
    .option('--dry-run', 'print the configuration that is chosen for the photos, and train nothing')
    .option(
      '--out <folder>',
      'folder of the run (default: runs/ and the name of the photos or configuration)',
    )
    .option('--resume', 'continue the run in the folder from its last checkpoint')
    .option('--max-steps <n>', 'end the run early, after this step', wholeNumber)
    .option(
      '--set <setting>',
      'change a setting, for example optimizer.learningRate=0.01; may be repeated',
      collected(parseOverride),
    )
    .option('--seeds <seeds>', 'train once for each of these seeds, for example 0,1,2', checked(parseSeeds))
    .option(
      '--sweep <setting>',
      'train once for each value, for example optimizer.learningRate=0.0005,0.001; may be repeated',
      collected(parseSwept),
    )
    .option(
      '--watch [port]',
      'show the run as it goes on, on a page that is told (default: any free port)',
      portOf,
    )
    .addOption(deviceFlag())
    .addOption(threadsFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright train photos --labels labels --minutes 30' +
        '\n  $ maskwright train photos --dry-run' +
        '\n  $ maskwright train configs/nuclei-smallest.ts --out runs/nuclei' +
        '\n  $ maskwright train configs/nuclei-smallest.ts --out runs/nuclei --resume --set steps=2000' +
        '\n  $ maskwright train my-config.ts --seeds 0,1,2 --sweep optimizer.learningRate=0.0005,0.001' +
        '\n  $ mpirun -n 2 --bind-to none maskwright train configs/nuclei-smallest.ts --out runs/nuclei' +
        '\n\nUnder mpirun (Open MPI or MPICH, with the optional package koffi) each process trains on batchSize images of a step.',
    )
    .action(async (file: string, flags: TrainFlags, command: Command) => {
      const found = await stat(file).catch(() => undefined)
      if (found?.isDirectory()) {
        requireAlone(file)
        const flag = OF_CONFIG.find((name) => flags[name] !== undefined)
        if (flag) command.error(`--${flag} is for a configuration; --dry-run prints one for ${file}`)
        return trainPhotos(file, flags, signal)
      }
      for (const flag of OF_PHOTOS) {
        if (flags[flag] !== undefined)
          command.error(
            `--${flag === 'dryRun' ? 'dry-run' : flag} is for a folder of photos, and ${file} ${found ? 'is none' : 'does not exist'}`,
          )
      }
      const out = flags.out ?? join('runs', parse(file).name)
      const { seeds, sweep } = flags
      if (seeds || sweep) requireAlone(file)
      if (seeds || sweep) return trainMany(file, variantsOf(sweep ?? [], seeds), out, flags, signal)
      const config = await loadConfig(file, flags)
      const result = await startRun(file, config, out, flags, signal)
      if (flags.json) printJson(document(out, config, result))
      else printSummary(out, config, result)
    })
}

/** A parser whose complaints are those of a flag. */
function checked<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text)
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message)
    }
  }
}

/** The same for a flag that may be repeated. */
function collected<T>(parse: (text: string) => T): (text: string, before?: readonly T[]) => T[] {
  return (text, before = []) => [...before, checked(parse)(text)]
}

function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new InvalidArgumentError('Expected a port: a whole number from 1 to 65535.')
}

function minutesOf(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value <= MOST_MINUTES) return value
  throw new InvalidArgumentError(`Expected a number above 0 and at most ${MOST_MINUTES}.`)
}

/** A month. */
const MOST_MINUTES = 43_200

function document(
  out: string,
  { steps }: ResolvedConfig,
  { progress, figures, bestFigure, stoppedEarly, averaged }: RunResult,
) {
  return {
    folder: out,
    step: progress.step,
    steps,
    stoppedEarly,
    best: progress.best
      ? { figure: bestFigure, value: progress.best.figure, step: progress.best.step }
      : null,
    ...(averaged && { averaged }),
    figures,
  }
}

function printSummary(
  out: string,
  { steps, earlyStop }: ResolvedConfig,
  { progress, figures, bestFigure, stoppedEarly }: RunResult,
): void {
  if (stoppedEarly)
    printLine(
      `stopped early, after step ${progress.step} of ${steps}: no evaluation was better in the last ${earlyStop?.patience}`,
    )
  else if (progress.step < steps)
    printLine(`stopped after step ${progress.step} of ${steps}; continue with --resume`)
  if (Object.keys(figures).length > 0) printLine(figureText(figures))
  if (progress.best) {
    printLine(
      `best ${figureLabel(bestFigure)} ${progress.best.figure.toFixed(3)} at step ${progress.best.step}`,
    )
  }
  if (existsSync(join(out, BEST_CHECKPOINT))) printLine(`model  ${join(out, BEST_CHECKPOINT)}`)
  if (existsSync(join(out, REPORT_FILE))) printLine(`report ${join(out, REPORT_FILE)}`)
}
