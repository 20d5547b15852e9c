/** Tokens that requests have to bring. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { ConfigError } from '../errors.ts'
import { loadFile } from './files.ts'

/** What a header can bring as a bearer token (RFC 6750), of a length that is not guessed. */
const TOKEN = /^[\w.~+/-]{16,512}=*$/
const VARIABLE = 'MASKWRIGHT_TOKEN'

/** Where tokens are told: outright, in a file with one a line, and in `MASKWRIGHT_TOKEN`, apart by spaces or commas. */
export interface TokenSources {
  readonly tokens?: readonly string[]
  readonly file?: string
}

/** All of them. Throws `ConfigError` for one that is none, without telling it, and for a file without any. */
export async function accessTokens({ tokens = [], file }: TokenSources): Promise<readonly string[]> {
  const ofFile = file === undefined ? [] : words(new TextDecoder().decode(await loadFile(file)), /\s+/)
  if (file !== undefined && ofFile.length === 0)
    throw new ConfigError('the file has no token', { where: file })
  const ofEnvironment = words(process.env[VARIABLE] ?? '', /[\s,]+/)
  const all = [
    ...tokens.map((token) => ({ token, where: '--token' })),
    ...ofFile.map((token) => ({ token, where: file })),
    ...ofEnvironment.map((token) => ({ token, where: VARIABLE })),
  ]
  const wrong = all.find(({ token }) => !TOKEN.test(token))
  if (wrong) {
    throw new ConfigError('the token cannot be used', {
      where: wrong.where,
      expected: '16 to 512 letters, digits and - . _ ~ + /',
      got: `${wrong.token.length} characters`,
      hint: '`openssl rand -hex 32` makes one',
    })
  }
  return all.map(({ token }) => token)
}

/** Tells whether a text is one of the tokens, in a time that does not depend on how much of it is right. */
export function tokenCheck(tokens: readonly string[]): (text: string) => boolean {
  const known = tokens.map(sha256)
  return (text) => {
    const asked = sha256(text)
    return known.map((one) => timingSafeEqual(one, asked)).includes(true)
  }
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}

function words(text: string, between: RegExp): string[] {
  return text.split(between).filter((word) => word !== '')
}
