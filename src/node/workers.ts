import { parentPort, type Transferable, Worker, workerData } from 'node:worker_threads'
import { MaskwrightError } from '../errors.ts'
import { type PassedError, passedError, revivedError } from './passed-error.ts'

/** A worker's answer, with the buffers that are moved instead of copied. */
export interface Answer<Response> {
  readonly response: Response
  readonly transfer?: readonly Transferable[]
}

export interface WorkerPool<Request, Response> {
  /**
   * Has the next free worker answer. Errors thrown in the worker reject with their class, message and parts; a worker
   * that dies rejects what it was doing, and ends the pool. Buffers in `transfer` are moved, and unusable here afterwards.
   */
  run(request: Request, transfer?: readonly Transferable[]): Promise<Response>
  /** Stops all workers at once; requests not yet answered reject. */
  close(): Promise<void>
}

type Reply<Response> = { readonly response: Response } | { readonly failure: PassedError }

interface Task<Request, Response> {
  readonly request: Request
  readonly transfer: readonly Transferable[]
  resolve(response: Response): void
  reject(error: unknown): void
}

/** Starts a module as a worker thread, from the built package (.js) and from the sources (.ts) alike. */
function startWorker(url: URL, data?: unknown): Worker {
  if (!url.pathname.endsWith('.ts')) return new Worker(url, { workerData: data })
  // Node 20 ignores loaders given to a worker by flag, so the worker registers tsx itself.
  const tsx = import.meta.resolve('tsx/esm/api')
  const script = `import(${JSON.stringify(tsx)}).then(({ register }) => (register(), import(${JSON.stringify(url.href)})))`
  return new Worker(script, { eval: true, workerData: data, execArgv: [] })
}

/**
 * `size` workers running the module at `url`, which calls `answerRequests`. Every worker gets `data`. Idle workers do
 * not keep the process alive.
 */
export function startWorkerPool<Request, Response>(
  url: URL,
  { size, data }: { readonly size: number; readonly data?: unknown },
): WorkerPool<Request, Response> {
  const queue: Task<Request, Response>[] = []
  const idle: Worker[] = []
  const busy = new Map<Worker, Task<Request, Response>>()
  let ended: Error | undefined
  let isClosing = false

  const end = (error: Error) => {
    ended ??= error
    for (const { reject } of [...busy.values(), ...queue.splice(0)]) reject(ended)
    busy.clear()
  }
  const next = () => {
    while (idle.length > 0 && queue.length > 0) {
      const worker = idle.pop()!
      const task = queue.shift()!
      try {
        worker.postMessage(task.request, task.transfer)
      } catch (error) {
        idle.push(worker)
        task.reject(error)
        continue
      }
      busy.set(worker, task)
      worker.ref()
    }
  }
  const workers = Array.from({ length: size }, () => {
    const worker = startWorker(url, data)
    worker.on('message', (reply: Reply<Response>) => {
      // A late answer must not release the process from waiting until the workers have stopped.
      if (isClosing) return
      const task = busy.get(worker)
      busy.delete(worker)
      idle.push(worker)
      worker.unref()
      if ('failure' in reply) task?.reject(revivedError(reply.failure))
      else task?.resolve(reply.response)
      next()
    })
    worker.on('error', (cause) => {
      end(
        new MaskwrightError(
          `a worker died: ${cause instanceof Error ? cause.message : cause}`,
          {},
          { cause },
        ),
      )
    })
    worker.on('exit', (code) => end(new MaskwrightError('a worker ended', { got: `exit code ${code}` })))
    worker.unref()
    return worker
  })
  idle.push(...workers)

  return {
    run: (request, transfer = []) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended)
        queue.push({ request, transfer, resolve, reject })
        next()
      }),
    close: async () => {
      isClosing = true
      end(new MaskwrightError('the worker pool is closed'))
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** In a worker of a pool: answers each request, one after the other. `data` is what the pool was started with. */
export function answerRequests<Request, Response, Data = undefined>(
  answer: (request: Request, data: Data) => Promise<Answer<Response>> | Answer<Response>,
): void {
  const port = parentPort
  if (port === null) throw new MaskwrightError('answerRequests works in worker threads only')
  port.on('message', async (request: Request) => {
    try {
      const { response, transfer = [] } = await answer(request, workerData)
      port.postMessage({ response }, transfer)
    } catch (error) {
      port.postMessage({ failure: passedError(error) } satisfies Reply<Response>)
    }
  })
}
