/** Trainings over HTTP, for the page of the studio. */
import type { FastifyInstance } from 'fastify'
import { DataError } from '../errors.ts'
import { type StudioTraining, TRAINING_FILES, type TrainingFile } from './training.ts'

/** A report is a page of its own, which scripts and styles are written into: it may draw, and reach nothing. */
const REPORT_POLICY = [
  'sandbox allow-scripts',
  "default-src 'none'",
  'img-src data: blob:',
  "style-src 'unsafe-inline'",
  "script-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

interface OfFile {
  readonly Params: { readonly kind: string }
}

interface Trained {
  readonly training: StudioTraining
  readonly finder: () => { readonly name: string } | undefined
}

export function addTrainingRoutes(app: FastifyInstance, { training, finder }: Trained): void {
  const state = async () => ({ ...(await training.state()), model: finder()?.name ?? null })
  app.get('/api/training', state)
  app.post('/api/training', async ({ body }) => {
    await training.start(minutesOf(body))
    return state()
  })
  app.post('/api/training/resume', async ({ body }) => {
    await training.goOn(minutesOf(body))
    return state()
  })
  app.delete('/api/training', async () => {
    await training.stop()
    return state()
  })
  app.get<OfFile>('/api/training/files/:kind', async ({ params: { kind } }, reply) => {
    if (!isTrainingFile(kind)) throw new DataError('there is no such file of a training', { got: kind })
    const { name, bytes } = await training.file(kind)
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    if (kind === 'report' || kind === 'evaluation') {
      reply.type('text/html; charset=utf-8').header('content-security-policy', REPORT_POLICY)
    } else {
      const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(name)}`
      reply.type('application/octet-stream').header('content-disposition', disposition)
    }
    return reply.send(bytes)
  })
}

function isTrainingFile(kind: string): kind is TrainingFile {
  return (TRAINING_FILES as readonly string[]).includes(kind)
}

function minutesOf(body: unknown): number {
  const minutes = (body as { readonly minutes?: unknown } | null)?.minutes
  if (typeof minutes === 'number' && minutes > 0) return minutes
  throw new DataError('the minutes of a training are not known', {
    where: 'minutes',
    expected: 'a number above 0',
    got: `${minutes}`,
  })
}
