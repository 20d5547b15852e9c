import { SessionError } from '../errors.ts'

const NODE = /while running (\S+) node\. Name:'([^']*)' Status Message: (.*)/
const LENGTH_LIMIT = 300

/**
 * A failure of the native runtime as a `SessionError` of one line: what failed, the node where it names one, and its
 * reason without source paths, C++ signatures and status codes. The original is the `cause`.
 */
export function runtimeError(what: string, error: unknown): SessionError {
  if (error instanceof SessionError) return error
  const line = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim()
  const node = NODE.exec(line)
  const reason = (node?.[3] ?? line)
    .replace(/^.*\[ONNXRuntimeError\] : \d+ : \w+ : /, '')
    .replace(/^\S+\.(cc|cpp|cu|h):\d+ .* was false\. /, '')
    .replace(/^\S+\.(cc|cpp|cu|h):\d+ /, '')
  const short = reason.length > LENGTH_LIMIT ? `${reason.slice(0, LENGTH_LIMIT)}...` : reason
  const where = node ? `${node[1]} node ${node[2] || 'without a name'}` : undefined
  return new SessionError(`${what}: ${short}`, { where }, { cause: error })
}
