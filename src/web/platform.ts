import { DataError } from '../errors.ts'
import type { DownloadOptions } from '../weights/download-options.ts'
import { KEEP_IN_PLACE } from './bundler-hint.ts'
import { decodeImage } from './decode-image.ts'
import { fetchBytes } from './files.ts'
import { createSession } from './session.ts'

const ENDING = '.safetensors'
const WEB_PAGE = /^\s*<(!doctype|html)/i

let modelFolder = 'models/'

/** URL of the folder models are fetched from by name, absolute or relative to the page. Default: `models/`. */
export function setModelFolder(url: string): void {
  modelFolder = url.endsWith('/') ? url : `${url}/`
}

/** Bytes of a model: `nuclei` is a name in the model folder, anything with a dot or slash a URL. Throws `DataError`. */
export async function loadModelBytes(nameOrUrl: string, options: DownloadOptions = {}): Promise<Uint8Array> {
  const isName = /^[\w-]+$/.test(nameOrUrl)
  const url = isName ? modelFolder + nameOrUrl + ENDING : nameOrUrl
  const hint = isName
    ? `Put the model there, name its folder with setModelFolder, or load a URL: import { nuclei } from 'maskwright/models/nuclei'`
    : KEEP_IN_PLACE
  const bytes = await fetchBytes(url, options).catch((cause) => {
    if (!(cause instanceof DataError)) throw cause
    const { where, got } = cause
    throw new DataError('the model cannot be downloaded', { where, got, hint }, { cause })
  })
  if (WEB_PAGE.test(new TextDecoder().decode(bytes.subarray(0, 64)))) {
    throw new DataError('the model is not there', { where: url, got: 'a web page', hint })
  }
  return bytes
}

/** What a detector needs of a browser. */
export const webPlatform = { createSession, loadModelBytes, decodeImage }
