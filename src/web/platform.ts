import { decodeImage } from './decode-image.ts'
import { fetchBytes } from './files.ts'
import { createSession } from './session.ts'

const ENDING = '.safetensors'

let modelFolder = 'models/'

/** URL of the folder models are fetched from by name, absolute or relative to the page. Default: `models/`. */
export function setModelFolder(url: string): void {
  modelFolder = url.endsWith('/') ? url : `${url}/`
}

/** Bytes of a model: `nuclei` is a name in the model folder, anything with a dot or slash a URL. Throws `DataError`. */
export function loadModelBytes(
  nameOrUrl: string,
  onBytes?: (loaded: number, total?: number) => void,
): Promise<Uint8Array> {
  const isName = /^[\w-]+$/.test(nameOrUrl)
  return fetchBytes(isName ? modelFolder + nameOrUrl + ENDING : nameOrUrl, { onBytes })
}

/** What a segmenter needs of a browser. */
export const webPlatform = { createSession, loadModelBytes, decodeImage }
