import { Command } from 'commander'
import { demoImagesFolder } from '../node/package-files.ts'
import type { CommandContext } from './command-context.ts'
import { jsonFlag } from './flags.ts'
import { predictFiles, throwFailures } from './predict-files.ts'
import { listInputs } from './predict-inputs.ts'
import { printPredictionJson, printPredictionLines } from './predict-report.ts'

const MODEL = 'nuclei'

export function demoCommand({ signal }: CommandContext): Command {
  return new Command('demo')
    .description('Segment the bundled micrographs with the bundled model.')
    .option('--out <folder>', 'where the overlays go', 'demo-output')
    .addOption(jsonFlag())
    .addHelpText('after', '\nExample:\n  $ maskwright demo --out demo-output')
    .action(async ({ out, json }: { out: string; json?: boolean }) => {
      const { images } = await listInputs([demoImagesFolder()])
      const options = { model: MODEL, score: 0.5, out, formats: [], overlay: {}, device: 'cpu' as const }
      const results = await predictFiles(images, options, signal)
      if (json) printPredictionJson(MODEL, results)
      else printPredictionLines(results)
      throwFailures(results)
    })
}
