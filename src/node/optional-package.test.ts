import { expect, it } from 'vitest'
import { loadOptional } from './optional-package.ts'

it('says what to install for what, where a package is missing', async () => {
  const loading = loadOptional('a-package-that-is-not-there', 'a queue', 'one two')
  await expect(loading).rejects.toThrow(
    'a queue needs the package a-package-that-is-not-there, which is not installed. Install it: npm install one two',
  )
})

it('says why one does not load', async () => {
  const broken = 'data:text/javascript,throw new Error("made for another system")'
  await expect(loadOptional(broken, 'a queue')).rejects.toThrow(
    'which does not load; got made for another system. Install it: ',
  )
})
