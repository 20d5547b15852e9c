/** What the page holds, given to the formats and taken from them. */
import { batch } from '@preact/signals'
import { Losses } from '../../../../src/data/losses.ts'
import type { FormatName } from '../../../../src/formats/format.ts'
import type { Objects, Session } from '../project/session.ts'
import type * as Exchange from './exchange.ts'

/** The files of a format, ready to be saved, and what is not in them. */
export async function exportOf(session: Session, exchange: typeof Exchange, name: FormatName) {
  const losses = new Losses()
  const annotations = session.allObjects()
  const dataset = exchange.datasetOf(session.images.value, annotations, session.categories.value, losses)
  const told = await exchange.exported(dataset, name)
  const file = exchange.packed(told.files, `${session.name}-${name}`)
  return {
    ...{ changed: told.changed, noted: told.noted, lost: [...losses.lost, ...told.lost] },
    name: file.name,
    url: URL.createObjectURL(new Blob([file.bytes])),
  }
}

export function countOf({ objects }: Exchange.Imported): number {
  return [...objects.values()].reduce((sum, own) => sum + own.length, 0)
}

/** Adds objects to those there are, with ids of their own; each photo can undo its own. */
export function addImported(session: Session, { objects }: Exchange.Imported): void {
  batch(() => {
    const changes = new Map<number, Objects>()
    for (const [image_id, own] of objects) {
      const added = own.map(({ category, object }) => {
        const { id, category_id } = session.objectOf(session.addCategory(category), object.segmentation)
        return { ...object, id, image_id, category_id }
      })
      changes.set(image_id, [...session.objectsOn(image_id), ...added])
    }
    session.editAll(changes)
  })
}
