import { basename } from 'node:path'
import { Command } from 'commander'
import { accessTokens, tokenCheck } from '../node/access-tokens.ts'
import { allowedUrls } from '../node/allowed-urls.ts'
import { modelOfRun, packageVersion } from '../node/package-files.ts'
import { loadTlsFiles } from '../node/tls-files.ts'
import type { Device } from '../runtime/session.ts'
import { aborted } from '../runtime/until-aborted.ts'
import { SERVER_LIMITS, type ServerLimits } from '../server/server-limits.ts'
import { MODEL_HELP, sayRun } from './chosen-model.ts'
import type { CommandContext } from './command-context.ts'
import { deviceFlag, maxFlag, namesOf, numberFromZero, threadsFlag, wholeNumber } from './flags.ts'
import { say } from './print.ts'

interface ServeFlags {
  readonly model: readonly string[]
  readonly host: string
  readonly port: number
  readonly workers: number
  readonly threads?: number
  readonly device: Device | 'auto'
  readonly max?: number
  readonly watch: number
  readonly maxBytes: number
  readonly maxPixels: number
  readonly maxDecodedBytes: number
  readonly maxDetections: number
  readonly maxConnections: number
  readonly queue: number
  readonly timeout: number
  readonly token?: readonly string[]
  readonly tokenFile?: string
  readonly cors?: readonly string[]
  readonly allowUrls?: readonly string[]
  readonly tlsCert?: string
  readonly tlsKey?: string
}

/** For fetching an image. */
const URL_SECONDS = 10

export function serveCommand({ signal }: CommandContext): Command {
  return new Command('serve')
    .description('Serve models over HTTP: the Open Inference Protocol, and POST /predict for images.')
    .requiredOption(
      '--model <model>',
      `${MODEL_HELP}; several: once for each, the first being that of requests that name none`,
      repeated,
    )
    .optionsGroup('Address:')
    .option('--host <host>', 'address to listen on; 0.0.0.0: all of this machine', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0: any that is free', numberFromZero, 8080)
    .optionsGroup('Who may ask:')
    .option(
      '--token <token>',
      'requests have to bring it; several: once for each. In MASKWRIGHT_TOKEN it is not seen by other users',
      repeated,
    )
    .option('--token-file <file>', 'the same, one a line')
    .option('--cors <origin>', 'pages of this origin may ask, * being all; several: once for each', repeated)
    .option(
      '--allow-urls <hosts>',
      'POST /predict may list URLs of images on these hosts, as host or host:port; an address of a private network needs its port',
      namesOf,
    )
    .option('--tls-cert <file>', 'certificate, PEM: the server then speaks HTTPS alone')
    .option('--tls-key <file>', 'its key, PEM')
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
    .option(
      '--watch <s>',
      'seconds between two looks at the files of models: one that was replaced is taken without losing a request; 0: never, but for SIGHUP',
      numberFromZero,
      2,
    )
    .optionsGroup('Limits:')
    .option('--max-bytes <n>', 'of the body of a request', wholeNumber, SERVER_LIMITS.bytes)
    .option('--max-pixels <n>', 'of an image', wholeNumber, SERVER_LIMITS.pixels)
    .option('--max-decoded-bytes <n>', 'that an image decodes to', wholeNumber, SERVER_LIMITS.decodedBytes)
    .option('--max-detections <n>', 'instances of an answer', wholeNumber, SERVER_LIMITS.detections)
    .option(
      '--max-connections <n>',
      'open at once; others are closed',
      wholeNumber,
      SERVER_LIMITS.connections,
    )
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
      const { host, port } = flags
      const limits = limitsOf(flags)
      const names = flags.model.map(servedName)
      const twice = names.find((name, i) => names.indexOf(name) < i)
      if (twice !== undefined) command.error(`two models would be called ${twice}`)
      const { tlsCert, tlsKey } = flags
      if ((tlsCert === undefined) !== (tlsKey === undefined)) {
        command.error('--tls-cert and --tls-key go together')
      }
      const tls =
        tlsCert !== undefined && tlsKey !== undefined ? await loadTlsFiles(tlsCert, tlsKey) : undefined
      const tokens = await accessTokens({ tokens: flags.token, file: flags.tokenFile })
      const urls =
        flags.allowUrls &&
        allowedUrls(flags.allowUrls, { bytes: limits.bytes, seconds: Math.min(URL_SECONDS, limits.seconds) })
      const [{ loadServedModel }, { openServer }] = await Promise.all([
        import('../server/served-model.ts'),
        import('../server/server.ts'),
      ])
      const lookEvery = flags.watch > 0 ? 1000 * flags.watch : undefined
      const models: Awaited<ReturnType<typeof loadServedModel>>[] = []
      const onHangup = () => void Promise.all(models.map((model) => model.reload()))
      // A terminal that is closed ends what runs in it.
      if (!process.stderr.isTTY) process.on('SIGHUP', onHangup)
      try {
        for (const [i, place] of flags.model.entries()) {
          const file = modelOfRun(place) ?? place
          sayRun(place, file)
          models.push(await loadServedModel(place, names[i], { ...flags, lookEvery, imageLimits: limits }))
          signal.throwIfAborted()
        }
        const server = await openServer(models, {
          ...{ host, port, limits },
          access: { ...(tokens.length > 0 && { isToken: tokenCheck(tokens) }), origins: flags.cors },
          ...{ tls, urls },
          version: packageVersion(),
          log: process.stderr,
          residentBytes: () => process.memoryUsage.rss(),
        })
        say(`serving ${names.join(', ')} on ${server.url}`)
        await aborted(signal)
        say('ending: requests that were taken are answered first')
        await server.close()
        await urls?.close()
      } finally {
        process.off('SIGHUP', onHangup)
        await Promise.all(models.map((model) => model.dispose()))
      }
    })
}

function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function limitsOf(flags: ServeFlags): ServerLimits {
  const { maxBytes: bytes, maxPixels: pixels, maxDecodedBytes: decodedBytes } = flags
  const { maxDetections: detections, queue: requests, maxConnections: connections, timeout: seconds } = flags
  return { bytes, pixels, decodedBytes, detections, requests, connections, seconds }
}

/** Last part of a name or place, without the ending of a file. */
function servedName(model: string): string {
  return basename(model).replace(/\.(safetensors|onnx)$/i, '')
}
