import { hostname } from 'node:os'
import { Command } from 'commander'
import { ConfigError, DataError } from '../errors.ts'
import { counted } from '../names/counted.ts'
import type { TakenChunk } from '../node/redis-queue.ts'
import type { Device } from '../runtime/session.ts'
import { chunkWork } from './batch/taken-chunk.ts'
import { MODEL_HELP } from './chosen-model.ts'
import type { CommandContext } from './command-context.ts'
import { deviceFlag, threadsFlag, wholeNumber } from './flags.ts'
import { say } from './print.ts'

interface WorkerFlags {
  readonly queue: string
  readonly model?: string
  readonly base?: string
  readonly idle?: number
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly workers: number
}

export function workerCommand({ signal }: CommandContext): Command {
  return new Command('worker')
    .description(
      'Segment images for "maskwright batch --queue", here or on another machine, until it is ended.',
    )
    .requiredOption('--queue <url>', 'the queue of the batch: redis://HOST:PORT')
    .optionsGroup('What is elsewhere here:')
    .option(
      '--base <folder>',
      'where relative paths of the batch are seen from, of images, model and --out (default: the folder it was started in)',
    )
    .option(
      '--model <model>',
      `${MODEL_HELP}; its bytes have to be those of the batch (default: as the batch names it)`,
    )
    .optionsGroup('Running:')
    .addOption(deviceFlag())
    .addOption(threadsFlag())
    .option('--workers <n>', 'images at once, each in a thread with a copy of the model', wholeNumber, 1)
    .option('--idle <s>', 'end after so many seconds without work (default: wait for more)', wholeNumber)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: WorkerFlags) => {
      const { workOnChunks } = await import('../node/redis-queue.ts')
      const failure = new AbortController()
      const ending = AbortSignal.any([signal, failure.signal])
      const work = chunkWork({ ...flags, signal: ending })
      let chunks = 0
      /** What is no chunk's fault ends this worker, and leaves the chunk to others. */
      const perform = async (taken: TakenChunk) => {
        try {
          const outcome = await work.perform(taken)
          if (outcome === 'done') chunks++
          return outcome
        } catch (error) {
          if (error instanceof DataError) throw telling(error)
          failure.abort(error)
          if (error instanceof ConfigError) return 'given back'
          throw telling(error)
        }
      }
      try {
        const isHeard = await workOnChunks(flags.queue, perform, {
          ...{ say, signal: ending, idleSeconds: flags.idle },
        })
        // Timers that wait for the queue would keep the process.
        if (!isHeard) setTimeout(() => process.exit(), EXIT_MS).unref()
      } finally {
        await work.dispose()
      }
      say(`${counted(chunks, 'chunk')} done`)
      if (failure.signal.aborted) throw failure.signal.reason
    })
}

/** A reason as the coordinator hears it. */
function telling(error: unknown): Error {
  return new Error(`the worker on ${hostname()}: ${error instanceof Error ? error.message : error}`)
}

/** For saying what was done. */
const EXIT_MS = 500

const EXAMPLES = `
Examples:
  $ maskwright worker --queue redis://queue:6379 --threads 4
  $ maskwright worker --queue redis://queue:6379 --base /mnt/project --idle 600`
