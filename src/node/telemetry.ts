import { isMainThread } from 'node:worker_threads'
import { SessionError } from '../errors.ts'

const VARIABLE = 'ORT_DISABLE_TELEMETRY'

// ONNX Runtime reads it when the first session is made. Set here, so that it stands whenever this module has been loaded.
if (isMainThread) process.env[VARIABLE] ??= '1'

/**
 * ONNX Runtime's telemetry is off unless `ORT_DISABLE_TELEMETRY` was set by the user: it would look up its maker's servers, keep a
 * device id in the cache folder, and end the process where the command line is long. What a worker thread sets does not
 * reach native code, so there this throws `SessionError` where nothing was set before the thread was started.
 */
export function requireNoTelemetry(): void {
  if (process.env[VARIABLE] !== undefined) return
  throw new SessionError("ONNX Runtime's telemetry cannot be switched off from a worker thread", {
    where: VARIABLE,
    hint: `Import maskwright in the main thread as well, before the worker is started, or start Node with ${VARIABLE}=1`,
  })
}
