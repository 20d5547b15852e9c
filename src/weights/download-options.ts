/** How bytes are fetched from a server; what lies on a disk is there at once. */
export interface DownloadOptions {
  /** An abort rejects with its reason. */
  readonly signal?: AbortSignal
  /** Told of every piece that arrives; `total` is unknown where the server does not say, or compresses. */
  readonly onBytes?: (loaded: number, total?: number) => void
}
