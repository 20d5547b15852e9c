import { Command } from 'commander'
import { listImages } from '../node/files.ts'
import { demoImagesFolder } from '../node/package-files.ts'
import { jsonFlag } from './flags.ts'
import type { CommandContext } from './main.ts'
import { printPredicted } from './predict.ts'
import { predictFiles, throwFailures } from './predict-files.ts'

const MODEL = 'nuclei'

export function demoCommand({ signal }: CommandContext): Command {
  return new Command('demo')
    .description('Segment the bundled micrographs with the bundled model.')
    .option('--out <folder>', 'where the overlays go', 'demo-output')
    .addOption(jsonFlag())
    .addHelpText('after', '\nExample:\n  $ maskwright demo --out demo-output')
    .action(async ({ out, json }: { out: string; json?: boolean }) => {
      const files = await listImages(demoImagesFolder())
      const options = { model: MODEL, score: 0.5, out, overlay: true, device: 'cpu' as const }
      const result = await predictFiles(files, options, signal)
      printPredicted(MODEL, result.predicted, json)
      throwFailures(result)
    })
}
