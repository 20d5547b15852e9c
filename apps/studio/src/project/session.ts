/** The project while it is worked on: what is seen, chosen and changed. */
import { batch, computed, signal } from '@preact/signals'
import type { CompressedRle } from '../../../../src/geometry/rle.ts'
import { TEXTS } from '../texts.ts'
import type {
  ProjectDocument,
  Proposal,
  Shape,
  StudioCategory,
  StudioImage,
  StudioObject,
} from './coco-document.ts'
import type { Finder, FindOptions, Look } from './finder.ts'
import { begun, changed, type History, redone, undone } from './history.ts'
import type { Place } from './place.ts'
import { keptSaving } from './saving.ts'
import { outlineOf, ringsOf } from './shapes.ts'
import { painted, type Stroke } from './strokes.ts'
import { openTrails, printOf } from './trails.ts'
import type { Left, Unsaved } from './unsaved.ts'

export type Tool = 'select' | 'outline' | 'box' | 'brush' | 'eraser' | 'split' | 'hole' | 'refine'
export type Objects = readonly StudioObject[]

type Categories = readonly StudioCategory[]
const CATEGORIES = 'categories'
/** Of what is said of a photo: whether it was checked. */
type CheckedKey = `checked ${number}`
export type Key = number | typeof CATEGORIES | CheckedKey
export type Value = Objects | Categories | boolean
const RETRY_AFTER = 2000

export function openSession(place: Place, unsaved: Unsaved<Key, Value>) {
  const { labelsFile, name } = place.project
  // Of a page that was closed before it was stored.
  const trails = openTrails<Key>()
  const stored = storedIn(place.project)
  // What was stored since is not replaced by what a browser had left before.
  const left = unsaved.left.filter(([key, , follows]) => follows.includes(printOf(stored(key))))
  for (const one of unsaved.left) if (!left.includes(one)) unsaved.forget(one[0])
  const project = left.reduce(withUnsaved, place.project)
  const byImage = new Map<number, StudioObject[]>(project.images.map(({ id }) => [id, []]))
  for (const object of project.annotations) byImage.get(object.image_id)?.push(object)
  const histories = signal(new Map([...byImage].map(([id, own]) => [id, begun<Objects>(own)])))
  const categories = signal(project.categories)
  const images = signal(project.images)
  /** Those that are gone through, in their order. */
  const listed = signal(project.images)
  const imageId = signal(project.images[0].id)
  const tool = signal<Tool>('select')
  /** Of brush and eraser, in pixels of the screen. */
  const brushRadius = signal(12)
  const categoryId = signal(project.categories[0]?.id)
  const chosenIds = signal<readonly number[]>([])
  /** Whether a click adds to what is chosen, as it does with Shift. */
  const isChoosingMore = signal(false)
  /** What could not be done, and why. */
  const notice = signal<string>()
  const found = signal<ReadonlyMap<number, readonly Proposal[]>>(new Map())
  /** What was found on each, also what is no proposal any more. */
  const looks = signal<ReadonlyMap<number, Look>>(new Map())
  const leastScore = signal(0.5)
  const chosenProposal = signal<Proposal>()
  /** The model that is asked. */
  const finder = signal<Finder | undefined>(place.finder)
  /** What the model is doing, and how much of it is done, where that is known. */
  const finding = signal<{
    readonly text: string
    readonly share?: number
    readonly control: AbortController
  }>()
  const findProblem = signal<string>()
  const findNotes = signal<readonly string[]>([])
  const state = signal({ isBehind: false, problem: undefined as string | undefined })
  let nextId = project.annotations.reduce((most, { id }) => Math.max(most, id), 0) + 1

  const saving = keptSaving<Key, Value>({
    onWaiting: (key, value) => {
      if (value === undefined) unsaved.forget(key)
      else unsaved.keep([key, value, trails.of(key)])
    },
    store: async (key, value) => {
      if (key === CATEGORIES) await place.storeCategories(value as Categories)
      else if (typeof key === 'number') await place.storeObjects(key, value as Objects)
      else await place.storeChecked(imageOfKey(key), value as boolean)
      trails.reach(key, value)
    },
    onState: (isBehind, problem) => {
      state.value = { isBehind, problem }
    },
    pause: () => new Promise((resolve) => setTimeout(resolve, RETRY_AFTER)),
  })

  const follow = (key: Key, value: Value) => trails.follow(key, value, () => stored(key))
  for (const [key, value] of left) {
    follow(key, value)
    saving.save(key, value)
  }
  // Other pages of this browser that show the same photos are told, and tell.
  const others = new BroadcastChannel(labelsFile)
  const save = (key: Key, value: Value) => {
    follow(key, value)
    saving.save(key, value)
    others.postMessage([key, value])
  }
  others.onmessage = ({ data: [key, value] }: MessageEvent<[Key, Value]>) => {
    follow(key, value)
    if (key === CATEGORIES) {
      categories.value = value as Categories
      return
    }
    if (typeof key === 'string') {
      images.value = withChecked(images.value, imageOfKey(key), value as boolean)
      return
    }
    const known = histories.value.get(key)
    if (!known) return
    histories.value = new Map(histories.value).set(key, changed(known, value as Objects))
    nextId = Math.max(nextId, ...(value as Objects).map(({ id }) => id + 1))
  }

  const image = computed(() => images.value.find(({ id }) => id === imageId.value) ?? images.value[0])
  const history = computed(() => histories.value.get(imageId.value) as History<Objects>)
  const objects = computed(() => history.value.now)
  const chosenObjects = computed(() => objects.value.filter(({ id }) => chosenIds.value.includes(id)))
  /** Where it is one alone. */
  const chosen = computed(() => (chosenObjects.value.length === 1 ? chosenObjects.value[0] : undefined))
  const proposals = computed(() =>
    (found.value.get(imageId.value) ?? []).filter(({ score }) => score >= leastScore.value),
  )

  const put = (next: History<Objects>) => {
    notice.value = undefined
    if (next === history.value) return
    histories.value = new Map(histories.value).set(imageId.value, next)
    save(imageId.value, next.now)
  }
  const edit = (next: Objects) => put(changed(history.value, next))
  const objectsOn = (id: number): Objects => histories.value.get(id)?.now ?? []
  /** Of several photos at once. */
  const editAll = (changes: ReadonlyMap<number, Objects>) => {
    const next = new Map(histories.value)
    for (const [id, own] of changes) {
      next.set(id, changed(next.get(id) ?? begun<Objects>([]), own))
      save(id, own)
    }
    histories.value = next
  }
  const withoutProposals = (gone: readonly Proposal[]) => {
    const left = (found.value.get(imageId.value) ?? []).filter((one) => !gone.includes(one))
    found.value = new Map(found.value).set(imageId.value, left)
    chosenProposal.value = undefined
  }
  const objectOf = (category: number, segmentation: Shape, bbox?: readonly number[]): StudioObject => ({
    ...{ id: nextId++, image_id: imageId.value, category_id: category, segmentation },
    ...(bbox && { bbox }),
    iscrowd: 0,
  })

  const session = {
    ...{ name, place, finder, images, histories, categories, image, objects, history, proposals },
    ...{
      listed,
      found,
      looks,
      chosenIds,
      chosenObjects,
      chosen,
      isChoosingMore,
      notice,
      edit,
      editAll,
      objectOf,
      objectsOn,
    },
    ...{
      tool,
      brushRadius,
      categoryId,
      leastScore,
      chosenProposal,
      finding,
      findProblem,
      findNotes,
      state,
      imageId,
    },
    get isBehind() {
      return saving.isBehind
    },
    /** Of what is not stored: the project is removed. */
    forget: unsaved.clear,

    show(id: number) {
      batch(() => {
        imageId.value = id
        findProblem.value = undefined
        findNotes.value = []
        chosenProposal.value = undefined
        findProblem.value = undefined
        notice.value = undefined
      })
    },
    /** The photo that is `by` places further on; from one that is not listed any more, the one that follows in the files. */
    stepped(by: number): StudioImage | undefined {
      const at = listed.value.findIndex(({ id }) => id === imageId.value)
      if (at >= 0) return listed.value[at + by]
      const inFiles = new Map(images.value.map(({ id }, i) => [id, i]))
      const own = inFiles.get(imageId.value) as number
      const later = listed.value.findIndex(({ id }) => (inFiles.get(id) as number) > own)
      return listed.value[by > 0 ? later : (later < 0 ? listed.value.length : later) - 1]
    },
    /** To the photo that is `by` places further on, if there is one. */
    step(by: number) {
      const next = session.stepped(by)
      if (next) session.show(next.id)
    },
    allObjects: () => images.value.flatMap(({ id }) => objectsOn(id)),
    choose(ids: readonly number[]) {
      chosenIds.value = ids
    },
    /** Adds to what is chosen, or takes away from it. */
    chooseAlso(id: number) {
      const others = chosenIds.value.filter((one) => one !== id)
      chosenIds.value = others.length < chosenIds.value.length ? others : [...others, id]
    },
    undo: () => put(undone(history.value)),
    redo: () => put(redone(history.value)),

    /** The id of a category of this name: of a new one where there is none. */
    addCategory(written: string): number {
      const wanted = written.trim()
      const known = categories.value.find((one) => one.name === wanted)
      if (known) return known.id
      const id = Math.max(0, ...categories.value.map((one) => one.id)) + 1
      categories.value = [...categories.value, { id, name: wanted }]
      save(CATEGORIES, categories.value)
      return id
    },
    /** An object of the category that is chosen. */
    addShape(shape: Shape, bbox?: readonly number[]) {
      const category = categoryId.value ?? session.addCategory('object')
      const object = objectOf(category, shape, bbox)
      batch(() => {
        edit([...objects.value, object])
        session.choose([object.id])
      })
    },
    /** Another shape of an object; box and area follow from it. */
    reshape(id: number, segmentation: Shape, box?: readonly number[]) {
      edit(
        objects.value.map((object) => {
          if (object.id !== id) return object
          const { bbox: _, area: __, ...rest } = object
          return { ...rest, segmentation, ...(box && { bbox: box }) }
        }),
      )
    },
    /**
     * Adds a stroke to the object that is chosen, or takes it away: an object that nothing is left of is removed. Where none is
     * chosen, what is added is a new object.
     */
    paint(stroke: Stroke, how: 'add' | 'remove') {
      const object = chosen.value
      const shape = painted(object?.segmentation, object?.bbox, stroke, how, image.value)
      if (object) {
        if (shape) session.reshape(object.id, shape)
        else session.remove([object.id])
      } else if (shape && how === 'add') session.addShape(shape)
    },
    /** Makes points of an object's pixels, or of its box, which can be dragged. */
    outline(id: number) {
      const object = objects.value.find((one) => one.id === id)
      if (!object) return
      const { segmentation, bbox } = object
      session.reshape(id, 'counts' in segmentation ? outlineOf(segmentation) : ringsOf(segmentation, bbox))
    },
    recategorise(ids: readonly number[], category: number) {
      edit(
        objects.value.map((object) =>
          ids.includes(object.id) ? { ...object, category_id: category } : object,
        ),
      )
    },
    remove(ids: readonly number[]) {
      batch(() => {
        edit(objects.value.filter(({ id }) => !ids.includes(id)))
        session.choose([])
      })
    },
    /** With another mask than it was found with, where one is given. */
    accept(accepted: readonly Proposal[], mask?: CompressedRle) {
      batch(() => {
        const added = accepted.map(({ category, segmentation: found, bbox }) => {
          const segmentation = mask ?? found
          return objectOf(session.addCategory(category), segmentation ?? [], segmentation ? undefined : bbox)
        })
        if (added.length > 0) edit([...objects.value, ...added])
        withoutProposals(accepted)
      })
    },
    /** Asks the model about the photo that is seen. */
    async find() {
      const asked = imageId.value
      if (finding.value || !finder.value) return
      const control = new AbortController()
      const onProgress = (text: string, share?: number) => {
        finding.value = { text, share, control }
      }
      onProgress(TEXTS.finding)
      findProblem.value = undefined
      findNotes.value = []
      try {
        const { notes } = await session.look(asked, { signal: control.signal, onProgress })
        if (asked === imageId.value) findNotes.value = notes
      } catch (error) {
        if (asked === imageId.value && !control.signal.aborted) findProblem.value = (error as Error).message
      }
      finding.value = undefined
    },
    /** Has the model that is chosen look at a photo; what it finds are the proposals there from now on. */
    async look(id: number, options: FindOptions): Promise<Look> {
      const asked = finder.value as Finder
      const told = await asked.find(id, options)
      const before = looks.value.get(id)
      const isKnown = before?.finder === asked
      const look = { finder: asked, ...(isKnown && { judgement: before.judgement }), ...told }
      batch(() => {
        // What was accepted of what is known does not come back where the look was for its worth.
        if (!(isKnown && options.isJudged)) found.value = new Map(found.value).set(id, told.proposals)
        looks.value = new Map(looks.value).set(id, look)
      })
      return look
    },
    setChecked(id: number, isChecked: boolean) {
      images.value = withChecked(images.value, id, isChecked)
      save(`checked ${id}`, isChecked)
    },
    /** Images that the place has taken in. */
    addImages(added: readonly StudioImage[]) {
      batch(() => {
        images.value = [...images.value, ...added]
        histories.value = new Map([
          ...histories.value,
          ...added.map(({ id }) => [id, begun<Objects>([])] as const),
        ])
      })
    },
    /** What is said of how safe the work is. */
    stateText: computed(() => {
      const { isBehind, problem } = state.value
      if (problem !== undefined) return TEXTS.notSaved(problem)
      return isBehind ? TEXTS.saving : TEXTS.saved
    }),
    hasFound: computed(() => found.value.has(imageId.value)),
  }
  return session
}

/** What is stored of each, as it was told. */
function storedIn({ annotations, categories, images }: ProjectDocument): (key: Key) => Value {
  const byImage = new Map<number, StudioObject[]>(images.map(({ id }) => [id, []]))
  for (const object of annotations) byImage.get(object.image_id)?.push(object)
  return (key) => {
    if (key === CATEGORIES) return categories
    if (typeof key === 'number') return byImage.get(key) ?? []
    return images.some(({ id, checked }) => id === imageOfKey(key) && checked)
  }
}

function imageOfKey(key: CheckedKey): number {
  return Number(key.slice('checked '.length))
}

function withChecked(images: readonly StudioImage[], id: number, checked: boolean): readonly StudioImage[] {
  return images.map((image) => (image.id === id ? { ...image, checked } : image))
}

function withUnsaved(project: ProjectDocument, [key, value]: Left<Key, Value>): ProjectDocument {
  if (key === CATEGORIES) return { ...project, categories: value as Categories }
  if (typeof key === 'string') {
    return { ...project, images: withChecked(project.images, imageOfKey(key), value as boolean) }
  }
  const others = project.annotations.filter(({ image_id }) => image_id !== key)
  return { ...project, annotations: [...others, ...(value as Objects)] }
}

export type Session = ReturnType<typeof openSession>
