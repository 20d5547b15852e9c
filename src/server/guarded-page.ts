import type { FastifyReply } from 'fastify'
import { type PageParts, plainPage } from '../report/page.ts'

/** A page and the policy that lets it run its own scripts and styles, and nothing else. */
export interface GuardedPage {
  readonly html: string
  readonly policy: string
}

export async function guardedPage(parts: PageParts): Promise<GuardedPage> {
  const [styles, scripts] = await Promise.all([digests(parts.styles), digests(parts.scripts)])
  const policy = [
    "default-src 'none'",
    "connect-src 'self'",
    "img-src 'self' blob: data:",
    `style-src ${styles}`,
    `script-src ${scripts}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return { html: plainPage(parts), policy }
}

export function sendPage(reply: FastifyReply, { html, policy }: GuardedPage): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', policy)
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .send(html)
}

/** As a policy names what stands in the page: by its SHA-256. */
async function digests(texts: readonly string[]): Promise<string> {
  if (texts.length === 0) return "'none'"
  const named = texts.map(async (text) => {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
    return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`
  })
  return (await Promise.all(named)).join(' ')
}
