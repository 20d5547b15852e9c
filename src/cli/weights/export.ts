import { Command } from 'commander'
import { type ExportedWeights, exportWeights } from '../../models/export-weights.ts'
import { checkWritable, writeFileAtomic } from '../../node/files.ts'
import { encodeSafetensors } from '../../weights/safetensors.ts'
import { encodeTorch } from '../../weights/torch/torch-writer.ts'
import { loadChosenFile } from '../chosen-file.ts'
import { MODEL_FILE_HELP } from '../chosen-model.ts'
import type { CommandContext } from '../command-context.ts'
import { jsonFlag } from '../flags.ts'
import { printJson, printLine } from '../print.ts'

interface ExportFlags {
  readonly out: string
  readonly json?: boolean
}

export function exportWeightsCommand({ signal }: CommandContext): Command {
  return new Command('export')
    .description(
      "Write a model's weights as torchvision's load_state_dict takes them, to go on in PyTorch and come back with import.",
    )
    .argument('<model>', MODEL_FILE_HELP)
    .requiredOption('--out <file>', '.pth for torch.load, .safetensors for the safetensors package')
    .addOption(jsonFlag())
    .addHelpText('after', '\nExample:\n  $ maskwright weights export runs/mine --out mine.pth')
    .action(async (model: string, { out, json }: ExportFlags, command: Command) => {
      const isTorch = /\.(pth|pt)$/i.test(out)
      if (!isTorch && !/\.safetensors$/i.test(out))
        command.error('--out must end in .pth, .pt or .safetensors')
      await checkWritable(out)
      const exported = exportWeights(await loadChosenFile(model, signal))
      // What readers of others' files look for.
      const bytes = isTorch
        ? encodeTorch(exported.tensors)
        : encodeSafetensors(exported.tensors, { format: 'pt' })
      await writeFileAtomic(out, bytes)
      const { nearest, differing } = exported
      if (json)
        printJson({ file: out, bytes: bytes.length, tensors: exported.tensors.size, nearest, differing })
      else for (const line of linesOf(out, bytes, exported)) printLine(line)
    })
}

function* linesOf(out: string, bytes: Uint8Array, { tensors, nearest, differing }: ExportedWeights) {
  yield `${out}: ${tensors.size} tensors, ${(bytes.length / 1e6).toFixed(1)} MB`
  if (!nearest) yield '  torchvision has no such model: the names are its own where it has the module'
  else if (differing.length === 0) yield `  torchvision: ${nearest}`
  else yield `  torchvision: ${nearest}, with other settings: ${differing.join(', ')}`
}
