import { signal } from '@preact/signals'
import { render } from 'preact'
import { openMachine } from './project/machine.ts'
import type { Place } from './project/place.ts'
import { type Key, openSession, type Value } from './project/session.ts'
import { openUnsaved } from './project/unsaved.ts'
import { Studio } from './studio.tsx'
import './style.css'

const root = document.getElementById('studio') as HTMLElement

async function show(place: Place, problems: readonly string[]): Promise<void> {
  const session = openSession(place, await openUnsaved<Key, Value>(place.project.labelsFile))
  // Work that is not kept yet is not left without a word.
  addEventListener('beforeunload', (event) => session.isBehind && event.preventDefault())
  document.title = `${session.name} · Maskwright studio`
  render(<Studio session={session} problems={signal(problems)} />, root)
}

try {
  const machine = await openMachine()
  if (machine) {
    // What a host of files at the same address has left would show its own page for ever.
    const kept = await navigator.serviceWorker?.getRegistration()
    await kept?.unregister()
    await show(machine, [])
  } else {
    const { openSite } = await import('./site/site.tsx')
    await openSite({ place: show, start: (page) => render(page, root) })
  }
} catch (error) {
  render(
    <p class="wrong" role="alert">
      {(error as Error).message}
    </p>,
    root,
  )
}
