import { existsSync } from 'node:fs'
import { join, parse } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { type Override, parseOverride } from '../train/config-overrides.ts'
import { REPORT_FILE } from '../train/report.ts'
import { figureLabel } from '../train/report-data.ts'
import type { RunResult } from '../train/run.ts'
import type { ResolvedConfig } from '../train/train-config.ts'
import { BEST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import type { CommandContext } from './command-context.ts'
import { deviceFlag, jsonFlag, threadsFlag, wholeNumber } from './flags.ts'
import { printJson, printLine } from './print.ts'
import { figureText, loadConfig, type RunFlags, startRun } from './train-run.ts'

interface TrainFlags extends RunFlags {
  readonly out?: string
  readonly json?: boolean
}

export function trainCommand({ signal }: CommandContext): Command {
  return new Command('train')
    .description('Train a model as a configuration file says.')
    .argument('<config>', 'configuration: .json, or .ts, .js, .mjs with an export `config`')
    .option('--out <folder>', 'folder of the run (default: runs/ and the name of the configuration)')
    .option('--resume', 'continue the run in the folder from its last checkpoint')
    .option('--max-steps <n>', 'end the run early, after this step', wholeNumber)
    .option(
      '--set <setting>',
      'change a setting, for example optimizer.learningRate=0.01; may be repeated',
      collect,
    )
    .addOption(deviceFlag())
    .addOption(threadsFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright train configs/nuclei-smallest.ts --out runs/nuclei' +
        '\n  $ maskwright train configs/nuclei-smallest.ts --out runs/nuclei --resume --set steps=2000',
    )
    .action(async (file: string, flags: TrainFlags) => {
      const config = await loadConfig(file, flags)
      const out = flags.out ?? join('runs', parse(file).name)
      const result = await startRun(file, config, out, flags, signal)
      if (flags.json) printJson(document(out, config, result))
      else printSummary(out, config, result)
    })
}

function collect(text: string, before: readonly Override[] = []): Override[] {
  try {
    return [...before, parseOverride(text)]
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

function document(out: string, { steps }: ResolvedConfig, { progress, figures, bestFigure }: RunResult) {
  return {
    folder: out,
    step: progress.step,
    steps,
    best: progress.best
      ? { figure: bestFigure, value: progress.best.figure, step: progress.best.step }
      : null,
    figures,
  }
}

function printSummary(
  out: string,
  { steps }: ResolvedConfig,
  { progress, figures, bestFigure }: RunResult,
): void {
  if (progress.step < steps)
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
