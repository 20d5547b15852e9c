import type { ObjectStore } from '../src/batch/object-store.ts'

export interface MemoryStore extends ObjectStore {
  readonly objects: Map<string, string>
}

/** Objects in memory, as text. */
export function memoryStore(objects = new Map<string, string>()): MemoryStore {
  return {
    objects,
    placeOf: (key) => `store/${key}`,
    list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)),
    read: async (key) => {
      const text = objects.get(key)
      return text === undefined ? undefined : new TextEncoder().encode(text)
    },
    put: async (key, content) => {
      objects.set(key, typeof content === 'string' ? content : [...content].join(''))
    },
    remove: async (key) => {
      objects.delete(key)
    },
  }
}
