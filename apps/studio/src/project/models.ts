/** The models that can be asked: that of the machine, the bundled one, and those that people gave, which the browser keeps. */
import { batch, computed, effect, signal } from '@preact/signals'
import { type PageModel, pageFinder } from '../finder/page-finder.ts'
import { type Database, openDatabase } from '../site/database.ts'
import { TEXTS } from '../texts.ts'
import type { Finder } from './finder.ts'
import type { Session } from './session.ts'

interface KeptModel {
  readonly id: number
  readonly name: string
  readonly file: Blob
}

/** Beside the page, where its host has it. */
const BUNDLED: PageModel = { key: 'nuclei', name: 'nuclei', source: 'models/nuclei.safetensors' }
const CHOSEN = 'model'
/** Key of the model of the machine, and of none. */
const OWN = ''

export const MODEL_ENDINGS = ['.safetensors', '.onnx'] as const

export function isModelFile({ name }: { readonly name: string }): boolean {
  return MODEL_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending))
}

export function openModels(session: Session) {
  const own = signal(session.finder.value)
  let inPage: Finder | undefined
  const models = signal<readonly PageModel[]>([])
  const chosenKey = signal(OWN)
  const problem = signal<string>()
  const database = openDatabase()
  // Whoever needs it is told.
  database.catch(() => {})

  const choose = (key: string) => {
    const model = models.value.find((one) => one.key === key)
    if (key !== OWN && !model) return
    session.finding.value?.control.abort()
    session.finder.value?.end?.()
    inPage = model && pageFinder(model, session.place.file)
    batch(() => {
      session.finder.value = inPage ?? own.value
      chosenKey.value = key
    })
  }
  // The machine may come to have one, or another.
  effect(() => {
    const now = session.finder.value
    if (!now || now === inPage) return
    own.value = now
    chosenKey.value = OWN
  })
  const load = async () => {
    const kept = await database.then((opened) => opened.all<KeptModel>('models')).catch(() => [])
    models.value = [...((await isThere(BUNDLED)) ? [BUNDLED] : []), ...kept.map(asModel)]
    const last = await database.then((opened) => opened.get<string>('facts', CHOSEN)).catch(() => undefined)
    if (!own.value && last !== undefined) choose(last)
  }
  void load()

  return {
    own,
    models,
    chosenKey,
    problem,
    /** Nothing can be asked yet. */
    isEmpty: computed(() => !own.value && models.value.length === 0),
    choose: (key: string) => {
      choose(key)
      database
        .then((opened) => opened.write(['facts'], (storeOf) => storeOf('facts').put(key, CHOSEN)))
        // The next visit begins with another.
        .catch(() => {})
    },
    /** Takes a model in, and keeps it; one that cannot be kept can be used until the page is closed. */
    async add(file: File) {
      problem.value = undefined
      try {
        const { readModelMetadata } = await import('../../../../src/models/runnable-model.ts')
        readModelMetadata(new Uint8Array(await file.arrayBuffer()), file.name)
      } catch (error) {
        problem.value = (error as Error).message
        return
      }
      const model = await database
        .then((opened) => keep(opened, file))
        .then(asModel)
        .catch((error): PageModel => {
          problem.value = TEXTS.modelNotKept(error.message)
          return { key: `${file.name} ${file.lastModified}`, name: file.name, source: file }
        })
      models.value = [...models.value, model]
      this.choose(model.key)
    },
    async forget(key: string) {
      const opened = await database
      await opened.write(['models'], (storeOf) => storeOf('models').delete(idOf(key)))
      models.value = models.value.filter((one) => one.key !== key)
      this.choose(OWN)
    },
    isKept: (key: string) => Number.isInteger(idOf(key)),
  }
}

export type Models = ReturnType<typeof openModels>

async function keep(database: Database, file: File): Promise<KeptModel> {
  const kept = { name: file.name, file }
  const request = await database.write(['models'], (storeOf) => storeOf('models').add(kept))
  return { id: request.result as number, ...kept }
}

function asModel({ id, name, file }: KeptModel): PageModel {
  return { key: `kept ${id}`, name, source: file }
}

/** NaN for those that are not kept. */
function idOf(key: string): number {
  return Number(/^kept (\d+)$/.exec(key)?.[1] ?? Number.NaN)
}

/** A host may answer with its page whatever it is asked for. */
async function isThere({ source }: PageModel): Promise<boolean> {
  const answer = await fetch(source as string, { method: 'HEAD' }).catch(() => undefined)
  return answer?.ok === true && !answer.headers.get('content-type')?.includes('html')
}
