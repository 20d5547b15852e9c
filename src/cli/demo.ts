import { Command } from 'commander'
import { listImages } from '../node/files.ts'
import { demoImagesFolder } from '../node/package-files.ts'
import { predictionJson } from '../predict/to-json.ts'
import { jsonFlag } from './flags.ts'
import type { CommandContext } from './main.ts'
import { predictFiles, summaryLine } from './predict.ts'
import { printJson, printLine } from './print.ts'

const MODEL = 'nuclei'

export function demoCommand({ signal }: CommandContext): Command {
  return new Command('demo')
    .description('Segment the bundled micrographs with the bundled model.')
    .option('--out <folder>', 'where the overlays go', 'demo-output')
    .addOption(jsonFlag())
    .addHelpText('after', '\nExample:\n  $ maskwright demo --out demo-output')
    .action(async ({ out, json }: { out: string; json?: boolean }) => {
      const files = await listImages(demoImagesFolder())
      const flags = { model: MODEL, score: 0.5, out, overlay: true, device: 'cpu' as const }
      const predicted = await predictFiles(files, flags, signal)
      if (json)
        printJson({ model: MODEL, images: predicted.map((p) => predictionJson(p.file, p.prediction)) })
      else for (const line of predicted.map(summaryLine)) printLine(line)
    })
}
