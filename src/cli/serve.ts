import { basename } from 'node:path'
import { Command } from 'commander'
import { modelOfRun, packageVersion } from '../node/package-files.ts'
import type { Device } from '../runtime/session.ts'
import { SERVER_LIMITS } from '../server/server-limits.ts'
import { MODEL_HELP, sayRun } from './chosen-model.ts'
import type { CommandContext } from './command-context.ts'
import { deviceFlag, maxFlag, numberFromZero, threadsFlag, wholeNumber } from './flags.ts'
import { say } from './print.ts'

interface ServeFlags {
  readonly model: readonly string[]
  readonly host: string
  readonly port: number
  readonly workers: number
  readonly threads?: number
  readonly device: Device | 'auto'
  readonly max?: number
  readonly maxBytes: number
  readonly maxPixels: number
  readonly queue: number
  readonly timeout: number
}

export function serveCommand({ signal }: CommandContext): Command {
  return new Command('serve')
    .description('Serve models over HTTP: the Open Inference Protocol, and POST /predict for images.')
    .requiredOption(
      '--model <model>',
      `${MODEL_HELP}; several: once for each, the first being that of requests that name none`,
      (model: string, before: readonly string[] = []) => [...before, model],
    )
    .optionsGroup('Address:')
    .option('--host <host>', 'address to listen on; 0.0.0.0: all of this machine', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0: any that is free', numberFromZero, 8080)
    .optionsGroup('Running:')
    .addOption(deviceFlag())
    .option(
      '--workers <n>',
      'images at once, each in a process of its own, which is started again where it ends',
      wholeNumber,
      1,
    )
    .addOption(threadsFlag())
    .addOption(maxFlag())
    .optionsGroup('Limits:')
    .option('--max-bytes <n>', 'of the body of a request', wholeNumber, SERVER_LIMITS.bytes)
    .option('--max-pixels <n>', 'of an image', wholeNumber, SERVER_LIMITS.pixels)
    .option(
      '--queue <n>',
      'requests that are received, waiting or worked on; further ones get 429',
      wholeNumber,
      SERVER_LIMITS.requests,
    )
    .option(
      '--timeout <s>',
      'seconds for receiving a request, and again for answering it',
      wholeNumber,
      SERVER_LIMITS.seconds,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright serve --model nuclei --port 8080' +
        "\n  $ curl --data-binary @cell.png 'http://127.0.0.1:8080/predict?score=0.6'",
    )
    .action(async (flags: ServeFlags, command: Command) => {
      const { host, port, maxBytes: bytes, maxPixels: pixels, queue: requests, timeout: seconds } = flags
      const names = flags.model.map(servedName)
      const twice = names.find((name, i) => names.indexOf(name) < i)
      if (twice !== undefined) command.error(`two models would be called ${twice}`)
      const [{ loadServedModel }, { openServer }] = await Promise.all([
        import('../server/served-model.ts'),
        import('../server/server.ts'),
      ])
      const models: Awaited<ReturnType<typeof loadServedModel>>[] = []
      try {
        for (const [i, place] of flags.model.entries()) {
          const file = modelOfRun(place) ?? place
          sayRun(place, file)
          models.push(await loadServedModel(file, names[i], { ...flags, pixels }))
          signal.throwIfAborted()
        }
        const server = await openServer(models, {
          ...{ host, port, limits: { bytes, pixels, requests, seconds } },
          version: packageVersion(),
          log: process.stderr,
          residentBytes: () => process.memoryUsage.rss(),
        })
        say(`serving ${names.join(', ')} on ${server.url}`)
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve()
          else signal.addEventListener('abort', () => resolve(), { once: true })
        })
        say('ending: requests that were taken are answered first')
        await server.close()
      } finally {
        await Promise.all(models.map((model) => model.dispose()))
      }
    })
}

/** Last part of a name or place, without the ending of a file. */
function servedName(model: string): string {
  return basename(model).replace(/\.(safetensors|onnx)$/i, '')
}
