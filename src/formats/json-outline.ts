/** What a JSON file is about, whatever its size: formats are told apart by it. */

import type { Losses } from '../data/losses.ts'
import { DataError } from '../errors.ts'
import type { DataFolder } from './format.ts'
import { type JsonElement, jsonElements, parseElements } from './json-elements.ts'
import { placeOf } from './json-file.ts'

/** A member of the document's object. */
interface OutlineMember {
  readonly isList: boolean
  /** Names of the members of the value, of a list those of its first entry. */
  readonly keys: ReadonlySet<string>
}

export interface JsonOutline {
  /** By name, as far as the file had to be read; empty for a document that is no object. */
  readonly members: ReadonlyMap<string, OutlineMember>
  /** What is wrong, where the file is no JSON from some point on. */
  readonly problem?: DataError
}

export const COCO_LISTS = ['images', 'annotations', 'categories'] as const

const outlines = new WeakMap<DataFolder, Map<string, Promise<JsonOutline>>>()

/** Read once for all formats, to the end unless what it is is known before. */
export function jsonOutline(source: DataFolder, path: string): Promise<JsonOutline> {
  const known = outlines.get(source) ?? new Map<string, Promise<JsonOutline>>()
  outlines.set(source, known)
  const outline = known.get(path) ?? readOutline(source, path)
  known.set(path, outline)
  return outline
}

async function readOutline(source: DataFolder, path: string): Promise<JsonOutline> {
  const members = new Map<string, OutlineMember>()
  try {
    const where = placeOf(source, path)
    for await (const elements of jsonElements(source.openChunks(path), where)) {
      for (const element of elements) enter(members, element, where)
      if (isKnown(members)) break
    }
    return { members }
  } catch (error) {
    if (error instanceof DataError) return { members, problem: error }
    throw error
  }
}

function enter(members: Map<string, OutlineMember>, element: JsonElement, where: string): void {
  const { list, index, text } = element
  if (index > 0 || list === '') return
  const [value] = text.length > 0 ? parseElements([element], where) : [undefined]
  const keys = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
  members.set(list, { isList: index === 0, keys: new Set(keys) })
}

function isKnown(members: JsonOutline['members']): boolean {
  return isCoco(members) || isLabelme({ members }) || isVia({ members })
}

function isCoco(members: JsonOutline['members']): boolean {
  return COCO_LISTS.every((name) => members.get(name)?.isList)
}

/** Whether the lists of a COCO file are there: all of them, or one at least. */
export function hasCocoLists({ members }: Pick<JsonOutline, 'members'>, how: 'all' | 'some'): boolean {
  return how === 'all' ? isCoco(members) : COCO_LISTS.some((name) => members.get(name)?.isList)
}

/** Of COCO's panoptic task: what its annotations hold says so, or the file's name where there are none. */
export function isPanoptic({ members }: Pick<JsonOutline, 'members'>, path: string): boolean {
  const keys = members.get('annotations')?.keys
  if (!keys || keys.size === 0) return /panoptic[^/]*$/i.test(path)
  return keys.has('segments_info')
}

export function isLabelme({ members }: Pick<JsonOutline, 'members'>): boolean {
  return members.get('shapes')?.isList === true
}

/** A project of VIA, or its annotations alone: an object whose members are images. */
export function isVia({ members }: Pick<JsonOutline, 'members'>): boolean {
  if (members.has('_via_img_metadata')) return true
  const [first] = members.values()
  return first !== undefined && !first.isList && first.keys.has('filename') && first.keys.has('regions')
}

/** The JSON file that was named, or all of the folder. */
export async function jsonFiles(source: DataFolder, entry?: string): Promise<string[]> {
  if (entry !== undefined) return [entry]
  return (await source.list()).filter((path) => path.toLowerCase().endsWith('.json'))
}

/** Tells of the JSON files of the folder that are not among those a format reads, and has not written beside them. */
export async function notePassedOver(
  source: DataFolder,
  read: readonly string[],
  what: string,
  losses: Losses,
): Promise<void> {
  const used = new Set(read)
  for (const path of await jsonFiles(source)) {
    if (!used.has(path)) losses.note(`JSON files passed over that are not ${what}`, placeOf(source, path))
  }
}
