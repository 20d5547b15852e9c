/** The model repository extension of the Open Inference Protocol, of which the index alone: which models there are. */
import type { FastifyInstance } from 'fastify'
import type { ServedModel } from './served-model.ts'

export function addRepositoryRoute(
  app: FastifyInstance,
  models: ReadonlyMap<string, ServedModel>,
  isReady: () => boolean,
): void {
  app.post('/v2/repository/index', async () =>
    [...models.values()].map(({ name, current: { version } }) => ({
      ...{ name, version },
      state: isReady() ? 'READY' : 'UNAVAILABLE',
    })),
  )
}
