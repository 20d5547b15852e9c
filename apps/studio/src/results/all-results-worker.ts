/** Files about many photos, made beside the page. It is ended from outside. */
import { type AllResults, allResultsFile } from './all-result-files.ts'
import type { ResultFile, ResultKind } from './result-files.ts'

export interface ResultsOrder extends Pick<AllResults, 'name' | 'found' | 'pixelSize'> {
  readonly kind: ResultKind
}

/** The first message is an order, each other one the photo that was asked for, or why there is none. */
export type ResultsQuestion = ResultsOrder | { readonly photo: Blob } | { readonly failure: string }

export type ResultsAnswer =
  | { readonly done: number }
  | { readonly imageId: number }
  | { readonly file: ResultFile }
  | { readonly failure: string }

const scope = self as unknown as {
  postMessage(answer: ResultsAnswer): void
  onmessage: (event: MessageEvent<ResultsQuestion>) => void
}
/** One photo at a time. */
let waiting: { readonly resolve: (photo: Blob) => void; readonly reject: (error: Error) => void } | undefined

scope.onmessage = ({ data }) => {
  if ('photo' in data) waiting?.resolve(data.photo)
  else if ('failure' in data) waiting?.reject(new Error(data.failure))
  else void make(data)
}

async function make({ kind, ...order }: ResultsOrder): Promise<void> {
  const photo = (imageId: number) =>
    new Promise<Blob>((resolve, reject) => {
      waiting = { resolve, reject }
      scope.postMessage({ imageId })
    })
  const onPhoto = (done: number) => scope.postMessage({ done })
  try {
    scope.postMessage({ file: await allResultsFile(kind, { ...order, photo, onPhoto }) })
  } catch (error) {
    scope.postMessage({ failure: (error as Error).message })
  }
}
