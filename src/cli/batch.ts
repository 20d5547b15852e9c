import { join } from 'node:path'
import { Command } from 'commander'
import type { Manifest } from '../batch/finished-shards.ts'
import { encodeListing } from '../batch/listing.ts'
import { type BatchPlan, chunkSizeFor, FAILED_KEY } from '../batch/plan.ts'
import { sha256 } from '../batch/sha256.ts'
import { SHARDS } from '../batch/shard.ts'
import { ConfigError, DataError } from '../errors.ts'
import { counted } from '../names/counted.ts'
import { makeFolder } from '../node/files.ts'
import { exclusively } from '../node/lock-file.ts'
import { packageVersion } from '../node/package-files.ts'
import type { Device } from '../runtime/session.ts'
import { listBatchImages } from './batch/batch-images.ts'
import { chosenBatchModel } from './batch/chosen-batch-model.ts'
import { type BatchSettings, planSettings } from './batch/image-results.ts'
import { runBatch } from './batch/run-batch.ts'
import { MODEL_HELP } from './chosen-model.ts'
import type { CommandContext } from './command-context.ts'
import { deviceFlag, jsonFlag, numberFromZero, threadsFlag, wholeNumber, workersFlag } from './flags.ts'
import { addImageFlags, addReadingFlags } from './image-flags.ts'
import { type InputOptions, passedOverLine } from './predict-inputs.ts'
import { printJson, printLine, say } from './print.ts'

interface BatchFlags extends Omit<BatchSettings, 'channels'>, Pick<InputOptions, 'recursive' | 'page'> {
  readonly model: string
  readonly channel?: BatchSettings['channels']
  readonly out: string
  readonly chunk?: number
  readonly retries: number
  readonly retryFailed?: boolean
  readonly queue?: string
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly workers?: number
  readonly json?: boolean
}

export function batchCommand({ signal }: CommandContext): Command {
  const command = new Command('batch')
    .description(
      'Segment very many images into shards of JSON lines, one result an image. Once interrupted, the same command goes on.',
    )
    .argument('<input...>', 'folders, globs, image files, URLs, or lists: .txt, .jsonl')
    .requiredOption('--model <model>', MODEL_HELP)
    .optionsGroup('Images:')
    .option('--recursive', 'take the images in the folders of a folder as well')
  addReadingFlags(command)
  addImageFlags(command)
  return command
    .optionsGroup('Output:')
    .option('--out <folder>', 'where shards and the manifest go', 'batch')
    .option(
      '--chunk <n>',
      'images of a shard (default: 16; from 64,000 images on more, up to 64)',
      wholeNumber,
    )
    .addOption(jsonFlag())
    .optionsGroup('Failures:')
    .option(
      '--retries <n>',
      'how often an image is tried again where a disk, a network or the runtime failed',
      numberFromZero,
      3,
    )
    .option('--retry-failed', 'look again at the shards with images that failed in an earlier run')
    .optionsGroup('Running:')
    .option(
      '--queue <url>',
      'have the workers of this queue compute (redis://HOST:PORT): see "maskwright worker"; default: this process',
    )
    .addOption(deviceFlag())
    .addOption(threadsFlag())
    .addOption(workersFlag())
    .addHelpText('after', EXAMPLES)
    .action(async (inputs: string[], flags: BatchFlags) => {
      requireLocal(command, flags)
      const { channel: channels } = flags
      const { images, passedOver, repeated } = await listBatchImages(inputs, { ...flags, channels })
      const passed = passedOverLine(passedOver)
      if (passed) say(passed)
      if (repeated > 0) say(`${repeated} listed more than once`)
      const model = await chosenBatchModel(flags.model, signal)
      const plan: BatchPlan = {
        version: packageVersion(),
        model: { name: model.name, sha256: model.sha256 },
        settings: planSettings({ ...flags, channels }),
        listing: { images: images.length, sha256: await sha256(encodeListing(images)) },
        chunk: flags.chunk ?? chunkSizeFor(images.length),
      }
      const manifest = await alone(flags.out, () => runBatch({ plan, images, model, flags, signal }))
      report(manifest, flags, passedOver)
    })
}

/** Ends where flags are given that are the workers'. */
function requireLocal(command: Command, { queue }: BatchFlags): void {
  if (queue === undefined) return
  for (const name of ['device', 'threads', 'workers']) {
    if (command.getOptionValueSource(name) === 'cli')
      command.error(`--${name} is for the workers of a queue to choose: give it to maskwright worker`)
  }
}

const EXAMPLES = `
Examples:
  $ maskwright batch photos --recursive --model nuclei --out results
  $ maskwright batch images.txt --model runs/mine --out results --workers 4
  $ maskwright batch /shared/photos --model nuclei --out /shared/results --queue redis://queue:6379`

/** Throws `ConfigError` where another process is at work in the folder. */
async function alone<T>(out: string, work: () => Promise<T>): Promise<T> {
  await makeFolder(out)
  const lock = join(out, '.lock')
  const onWait = () => {
    throw new ConfigError('another process is at work on this batch', {
      where: lock,
      hint: 'Wait until it has ended, or choose another folder with --out. What was killed on another machine is forgotten after a minute',
    })
  }
  return exclusively(lock, work, { onWait })
}

/** Throws `DataError` where images failed. */
function report(
  { images, instances, failed, shards }: Manifest,
  { model, out, json }: BatchFlags,
  passedOver: ReadonlyMap<string, number>,
): void {
  if (json) {
    printJson({
      ...{ model, out, images, instances, failed },
      shards: shards.length,
      ...(passedOver.size > 0 && { passed_over: Object.fromEntries(passedOver) }),
    })
  } else {
    printLine(
      `${counted(images - failed.length, 'image')}, ${counted(instances, 'object')}: ${counted(shards.length, 'shard')} in ${join(out, SHARDS)}`,
    )
  }
  if (failed.length === 0) return
  const told = `${failed.length} of ${images} images could not be segmented`
  if (failed.length === 1) throw new DataError(`${told}: ${failed[0].error}`)
  throw new DataError(told, { hint: `The reasons are in ${join(out, FAILED_KEY)}` })
}
