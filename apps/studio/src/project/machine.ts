/** A project on the machine that `maskwright studio` runs on. */
import type { ImageProbe } from '../../../../src/doctor/image-probe.ts'
import type { Judgement } from '../../../../src/predict/judged-image.ts'
import { TEXTS } from '../texts.ts'
import type { ProjectDocument, Proposal } from './coco-document.ts'
import type { Finder } from './finder.ts'
import { machineTraining } from './machine-training.ts'
import type { Place } from './place.ts'

/** What a browser still sends after a page was closed. */
const MOST_KEPT_ALIVE = 60_000

/** Undefined where what serves the page is no studio. Throws an `Error` where it cannot be reached. */
export async function openMachine(): Promise<Place | undefined> {
  const answer = await send('api/project')
  const isStudio = answer.headers.get('content-type')?.startsWith('application/json')
  if (!isStudio || answer.status === 404) return undefined
  const { model, ...project } = (await told(answer)) as ProjectDocument & { readonly model: string | null }
  return {
    project,
    ...(model !== null && { finder: finderOf(model) }),
    training: machineTraining(tell, finderOf),
    ...{ file: picture, picture, probe },
    storeObjects: async (imageId, objects) => {
      await tell('PUT', `api/images/${imageId}/annotations`, objects)
    },
    storeChecked: async (imageId, isChecked) => {
      await tell('PUT', `api/images/${imageId}/checked`, { checked: isChecked })
    },
    storeCategories: async (categories) => {
      await tell('PUT', 'api/categories', categories)
    },
  }
}

async function picture(imageId: number, signal: AbortSignal): Promise<Blob> {
  const answer = await send(`api/images/${imageId}`, { signal })
  if (!answer.ok) await told(answer)
  return answer.blob()
}

async function probe(imageId: number, signal: AbortSignal): Promise<ImageProbe> {
  const found = (await tell('GET', `api/images/${imageId}/probe`, undefined, signal)) as ImageProbe
  return found.kind === 'image' ? { ...found, thumbnail: Uint8Array.from(found.thumbnail) } : found
}

interface Told {
  readonly instances: readonly Proposal[]
  readonly notes?: readonly string[]
  readonly judgement?: Omit<Judgement, 'descriptor'> & { readonly descriptor: readonly number[] }
}

function finderOf(name: string): Finder {
  return {
    runsIn: 'machine',
    name,
    find: async (imageId, { signal, isJudged = false }) => {
      const path = `api/images/${imageId}/find`
      const found = (await tell('POST', path, { judge: isJudged }, signal)) as Told
      const { instances, notes = [], judgement } = found
      const descriptor = Float64Array.from(judgement?.descriptor ?? [])
      return {
        ...{ proposals: instances, notes },
        ...(judgement && { judgement: { ...judgement, descriptor } }),
      }
    },
  }
}

async function tell(method: string, path: string, content?: unknown, signal?: AbortSignal): Promise<unknown> {
  const body = content === undefined ? undefined : JSON.stringify(content)
  const headers = body === undefined ? undefined : { 'content-type': 'application/json' }
  const keepalive = (body?.length ?? 0) < MOST_KEPT_ALIVE
  return told(await send(path, { method, body, headers, keepalive, signal }))
}

async function send(path: string, request?: RequestInit): Promise<Response> {
  return fetch(path, request).catch(() => {
    request?.signal?.throwIfAborted()
    throw new Error(TEXTS.unreachable)
  })
}

/** What it answers, where it is no refusal. */
async function told(answer: Response): Promise<unknown> {
  const content = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Error(content.error ?? TEXTS.refused)
  return content
}
