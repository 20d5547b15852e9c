/** The server of `maskwright studio`. All of it throws an `Error` that says what is wrong, for people. */
import { TEXTS } from '../texts.ts'
import type { ProjectDocument, Proposal, StudioCategory, StudioObject } from './coco-document.ts'

/** What a browser still sends after a page was closed. */
const MOST_KEPT_ALIVE = 60_000

export function loadProject(): Promise<ProjectDocument> {
  return ask('GET', 'api/project') as Promise<ProjectDocument>
}

export function pictureUrl(imageId: number): string {
  return `api/images/${imageId}`
}

/** Resolves once the objects are on disk. */
export async function storeObjects(imageId: number, objects: readonly StudioObject[]): Promise<void> {
  await ask('PUT', `api/images/${imageId}/annotations`, objects)
}

export async function storeCategories(categories: readonly StudioCategory[]): Promise<void> {
  await ask('PUT', 'api/categories', categories)
}

export async function findObjects(imageId: number): Promise<readonly Proposal[]> {
  const { instances } = (await ask('POST', `api/images/${imageId}/find`, {})) as { instances: Proposal[] }
  return instances
}

async function ask(method: string, path: string, content?: unknown): Promise<unknown> {
  const body = content === undefined ? undefined : JSON.stringify(content)
  const headers = body === undefined ? undefined : { 'content-type': 'application/json' }
  const keepalive = (body?.length ?? 0) < MOST_KEPT_ALIVE
  const answer = await fetch(path, { method, body, headers, keepalive }).catch(() => {
    throw new Error(TEXTS.unreachable)
  })
  const told = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Error(told.error ?? TEXTS.refused)
  return told
}
