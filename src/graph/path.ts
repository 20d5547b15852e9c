/**
 * Where in the model the graph is being built: a stack of names, so that nodes and errors carry
 * `backbone.body.layer1.0.conv1`. Building is synchronous, so one stack suffices.
 */
let current = ''

/** Runs `build` with `name` appended to the path. */
export function within<T>(name: string, build: () => T): T {
  const outer = current
  current = outer ? `${outer}.${name}` : name
  try {
    return build()
  } finally {
    current = outer
  }
}

/** Runs `build` with the path replaced: gradients are named after the node they belong to. */
export function at<T>(path: string, build: () => T): T {
  const outer = current
  current = path
  try {
    return build()
  } finally {
    current = outer
  }
}

export function currentPath(): string {
  return current
}
