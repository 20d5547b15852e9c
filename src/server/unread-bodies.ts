import type { FastifyInstance } from 'fastify'

/**
 * Passes over what was not read of a body once its request is answered: the next request of the connection would wait behind it.
 * Bodies that do not end are ended by the time there is for a request.
 */
export function passOverUnread(app: FastifyInstance): void {
  app.addHook('onResponse', async ({ raw }) => {
    if (!raw.complete) raw.unpipe().resume()
  })
}
